/** The version of the socket protocol, which `server:info` tells; it rises when old clients would break. */
export const protocolVersion = 1;
