/** Signing in on a device without a browser. */
import type { Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const PATH = "/keyward/v1/device-logins";

export function deviceLoginsResource(send: Send) {
  return {
    /** Begins a login, without a credential. Show `userCode` and `url`, and keep `deviceCode`. `client` says what the device is. */
    begin: (client: string, options?: CallOptions) => send(`POST ${PATH}`, { body: { client } }, options),
    /** The token of the session, once; null while nobody has let the device in. @throws KeywardError `not_found` once it was refused or has expired */
    take: (deviceCode: string, options?: CallOptions) => send(`POST ${PATH}/take`, { body: { deviceCode } }, options),
    /** Which device waits with a code. For people who are signed in with a browser, as the next two. */
    read: (userCode: string, options?: CallOptions) => send(`POST ${PATH}/read`, { body: { userCode } }, options),
    /** Lets the device in as the person who is signed in. */
    approve: (userCode: string, options?: CallOptions) => send(`POST ${PATH}/approve`, { body: { userCode } }, options),
    /** Refuses the device. */
    refuse: (userCode: string, options?: CallOptions) => send(`POST ${PATH}/refuse`, { body: { userCode } }, options),
  };
}
