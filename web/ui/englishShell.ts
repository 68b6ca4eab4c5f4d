/** The texts about the page as a program of its own. */
export const englishShell = {
  dismissNotice: "Understood",
  update: "There is a newer version of this page.",
  reload: "Reload",
};
