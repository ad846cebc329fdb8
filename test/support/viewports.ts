/** The windows that screens are seen in, in CSS pixels. */
export const DESKTOP = { width: 1280, height: 900 } as const;
export const SMALLEST_PHONE = { width: 360, height: 780 } as const;
