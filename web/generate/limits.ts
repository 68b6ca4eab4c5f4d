/** As the protocol's `maxMessageLength` and `samplingLimits`, which are values and so cannot be imported here. */
export const maxTextLength = 200_000;
export const temperatureLimits = { min: 0, max: 5 } as const;
