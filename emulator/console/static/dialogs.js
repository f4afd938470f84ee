// Questions, files and notices in front of the page.
import { fetchData } from "./api.js";
import { $ } from "./dom.js";
import { formatDate, formatSize } from "./format.js";

const NOTICE_MS = 6000;

for (const dialog of document.querySelectorAll("dialog")) {
    for (const button of dialog.querySelectorAll("button[value]")) {
        button.addEventListener("click", () => dialog.close(button.value));
    }
    // A click outside of the content.
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close(""));
}

/** Asks a question. Resolves with whether the user agreed. */
export function confirmAction(title, text, yes) {
    $("confirm-title").textContent = title;
    $("confirm-text").textContent = text;
    $("confirm-yes").textContent = yes;
    const dialog = $("confirm");
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
}

/** Shows the beginning of a file as text. */
export async function viewFile(contextId, path) {
    const { data } = await fetchData("file", { contextId, path });
    $("viewer-title").textContent = path;
    $("viewer-facts").textContent = [
        formatSize(data.size),
        formatDate(data.modifiedMs),
        data.text !== undefined && data.omitted > 0 ? `the last ${formatSize(data.omitted)} are not shown` : "",
    ]
        .filter(Boolean)
        .join(" · ");
    $("viewer-text").textContent = data.text ?? "This file is not text. Download it to open it with another program.";
    Object.assign($("viewer-download").dataset, { context: contextId, path });
    $("viewer").showModal();
    $("viewer-text").scrollTop = 0;
}

let hiding;
export function notify(text, isFailure = false) {
    clearTimeout(hiding);
    $("notice").className = isFailure ? "bad" : "";
    $("notice").textContent = text;
    $("notice").hidden = false;
    hiding = setTimeout(() => ($("notice").hidden = true), NOTICE_MS);
}
