// The console: polls the status every second while it is visible, and updates what has changed.
import { fetchData } from "./api.js";
import { showContexts } from "./contexts.js";
import { element, updateChildren } from "./dom.js";
import { requestElement, sessionElement, unsavedElement } from "./sessions.js";

const POLL_INTERVAL_MS = 1000;

const $ = (id) => document.getElementById(id);
const emptyElement = (text) => element("p", { class: "empty" }, text);

function showStatus({ now, sessions, unsaved, contexts, requests }) {
    $("session-count").textContent = sessions.length || "";
    $("context-count").textContent = contexts.length || "";
    $("request-count").textContent = requests.length || "";
    updateChildren(
        $("session-list"),
        sessions.length === 0
            ? [emptyElement("No running sessions. New sessions appear here.")]
            : sessions.map((session) => sessionElement(session, now)),
    );
    $("unsaved-section").hidden = unsaved.length === 0;
    $("unsaved-count").textContent = unsaved.length || "";
    updateChildren($("unsaved-list"), unsaved.map(unsavedElement));
    $("context-list").querySelector(".empty")?.remove();
    showContexts($("context-list"), contexts);
    if (contexts.length === 0) $("context-list").replaceChildren(emptyElement("No contexts yet."));
    updateChildren($("request-list"), requests.map(requestElement));
}

function showConnection(state, text, problem = "") {
    $("state").className = state;
    if ($("state-text").textContent !== text) $("state-text").textContent = text;
    $("problem").hidden = problem === "";
    if ($("problem").textContent !== problem) $("problem").textContent = problem;
}

async function refresh() {
    try {
        showStatus((await fetchData("overview")).data);
        showConnection("live", "live");
    } catch (error) {
        showConnection(
            "lost",
            "not connected",
            error.isRejected
                ? `${error.message[0].toUpperCase()}${error.message.slice(1)}.`
                : "The local AGB is not responding. This page shows the last known status.",
        );
    }
}

$("address").textContent = location.origin;
for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((next) => {
        const wake = () => {
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", wake);
            next();
        };
        const timer = setTimeout(wake, POLL_INTERVAL_MS);
        document.addEventListener("visibilitychange", wake);
    });
}
