/** The parameter panel's element: it is loaded when needed, its button is there before. */
export const settingsPanelId = "parameters";
