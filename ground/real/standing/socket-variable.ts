/** Name of the environment variable with the path of the socket through which grounds are lent. */
export const SOCKET_VARIABLE = "STANDING_GROUNDS";
