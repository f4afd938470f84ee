// The console: shows the view that the address names, and updates it every second while the page is visible.
import { handleActions } from "./actions.js";
import { fetchData } from "./api.js";
import { commandsView } from "./commands.js";
import { contextsView, handleFolders } from "./contexts.js";
import { $ } from "./dom.js";
import { faultsView, handleFaultForm } from "./faults.js";
import { handleSessionFilters } from "./filters.js";
import { requestsView } from "./requests.js";
import { sessionsView } from "./sessions.js";
import { timelineView } from "./timeline.js";

const POLL_INTERVAL_MS = 1000;
const VIEWS = {
    sessions: sessionsView,
    contexts: contextsView,
    timeline: timelineView,
    commands: commandsView,
    requests: requestsView,
    faults: faultsView,
};

let view = "sessions";
/** What the view is about: the id of a session or context. */
let subject = "";
let isRevealed = true;
let wake = () => undefined;

/** Shows the view of an address such as `#contexts/SdkCtx-1`. */
function navigate() {
    const [name, id = ""] = location.hash.slice(1).split("/");
    if (location.hash === "" || name in VIEWS) {
        view = name || "sessions";
        subject = id;
        isRevealed = id === "";
    }
    for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== view;
    for (const link of document.querySelectorAll("nav a")) {
        if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
    }
    wake();
}

/** Moves to what the address names, once it is on the page. */
function reveal() {
    const target = isRevealed ? null : $(subject);
    if (target === null) return;
    isRevealed = true;
    if (target.tagName === "DETAILS") target.open = true;
    (target.querySelector("summary") ?? target).focus();
    target.scrollIntoView({ block: "nearest" });
}

function showConnection(state, text, problem = "") {
    $("state").className = state;
    if ($("state-text").textContent !== text) $("state-text").textContent = text;
    $("problem").hidden = problem === "";
    if ($("problem").textContent !== problem) $("problem").textContent = problem;
}

async function refresh() {
    const shown = view;
    let responses;
    try {
        responses = await Promise.all([fetchData("overview"), VIEWS[shown].load?.()]);
    } catch (error) {
        showConnection(
            "lost",
            "not connected",
            error.isRejected ? error.message : "The local AGB is not responding. This page shows the last known state.",
        );
        return;
    }
    const [{ data: overview }, data] = responses;
    showConnection("live", "live");
    $("session-count").textContent = overview.sessions.length || "";
    $("context-count").textContent = overview.contexts.length || "";
    $("fault-count").textContent = overview.faults || "";
    if (shown !== view) return;
    VIEWS[shown].show(data, overview, subject);
    reveal();
}

$("address").textContent = location.origin;
handleActions(() => wake());
handleFolders(() => wake());
handleFaultForm(() => wake());
handleSessionFilters();
for (const filter of document.querySelectorAll(".toolbar input")) filter.addEventListener("input", () => wake());
addEventListener("hashchange", navigate);
document.addEventListener("visibilitychange", () => wake());
navigate();

for (;;) {
    let isAwake = false;
    let stopWaiting = () => undefined;
    // What happens during a refresh is shown by the next one.
    wake = () => {
        isAwake = true;
        stopWaiting();
    };
    if (!document.hidden) await refresh();
    if (isAwake) continue;
    await new Promise((next) => {
        stopWaiting = next;
        setTimeout(next, POLL_INTERVAL_MS);
    });
}
