/** The images that sessions can be made from. Here they are all the same machine. */
export const IMAGES = ["agb-code-space-1", "agb-code-space-2", "agb-browser-use-1", "agb-computer-use-ubuntu-2204"];
