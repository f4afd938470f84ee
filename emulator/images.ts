/** The images that sessions can be created from. In the local AGB, they all behave the same. */
export const IMAGES = ["agb-code-space-1", "agb-code-space-2", "agb-browser-use-1", "agb-computer-use-ubuntu-2204"];
