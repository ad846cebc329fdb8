/** The library for JWTs, loaded with the first token: a start without any needs none of its fifty files. */
export const jose = () => import("jose");
