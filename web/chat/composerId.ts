/** The message box, for those who give it the focus. */
export const composerId = "message";
