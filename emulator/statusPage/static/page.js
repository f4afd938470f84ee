// The status page: polls the status every second while it is visible, and updates what has changed.
const POLL_INTERVAL_MS = 1000;
const TOKEN_KEY = "local-agb-page";
const MAX_PATH_LENGTH = 52;

// The token follows the # in the URL. It is stored for reloads of this tab and removed from the address bar.
function storeToken() {
    if (!/^#[0-9a-f]{64}$/.test(location.hash)) return;
    sessionStorage.setItem(TOKEN_KEY, location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
}
storeToken();
// Entering the URL of another server run in an open tab changes only the hash and loads nothing.
addEventListener("hashchange", storeToken);

const $ = (id) => document.getElementById(id);

/** Creates an element. Children are inserted as text or elements, never as HTML. */
function element(name, attributes = {}, ...children) {
    const created = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) created.setAttribute(key, value);
    created.append(...children.filter((child) => child !== undefined));
    return created;
}

async function fetchData(path) {
    const response = await fetch(`/local/page/${path}`, {
        headers: { authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY) ?? ""}` },
    });
    const body = await response.json();
    if (!body.success) throw Object.assign(new Error(body.message), { isRejected: true });
    return body;
}

/** Updates the children of an element in place. Only differences are touched, so selections are preserved. */
function updateChildren(parent, children) {
    const updated = [...element("div", {}, ...children).childNodes];
    for (const [index, child] of updated.entries()) {
        const old = parent.childNodes[index];
        if (old === undefined) parent.append(child);
        else if (old.nodeName !== child.nodeName) old.replaceWith(child);
        else if (old.nodeType === Node.TEXT_NODE) {
            if (old.data !== child.data) old.data = child.data;
        } else {
            for (const { name } of [...old.attributes]) if (!child.hasAttribute(name)) old.removeAttribute(name);
            for (const { name, value } of child.attributes)
                if (old.getAttribute(name) !== value) old.setAttribute(name, value);
            updateChildren(old, [...child.childNodes]);
        }
    }
    while (parent.childNodes.length > updated.length) parent.lastChild.remove();
}

function formatDuration(ms) {
    const all = Math.max(0, Math.round(ms / 1000));
    if (all < 60) return `${all} s`;
    if (all < 3600) return `${Math.floor(all / 60)} min ${all % 60} s`;
    if (all < 86400) return `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
    return `${Math.floor(all / 86400)} d`;
}
function formatSize(bytes) {
    const units = ["B", "KB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
    return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
const formatTime = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
const formatDate = (ms) => new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short", hour12: false });
const timeElement = (ms, text) =>
    element("time", { datetime: new Date(ms).toISOString(), title: formatDate(ms) }, text);
const TAG_CLASSES = { Success: "good", Failed: "bad", RUNNING: "good", available: "good" };
const tagElement = (text, status) => element("span", { class: `tag ${TAG_CLASSES[status] ?? "busy"}` }, text);

function sessionElement(session, now) {
    const labels = Object.entries(session.labels);
    const isRunning = session.status === "RUNNING";
    return element(
        "article",
        { class: "card", "aria-label": `Session ${session.id}` },
        element(
            "div",
            { class: "head" },
            element("h3", { class: "path" }, session.id),
            tagElement(session.status.toLowerCase(), session.status),
        ),
        element(
            "p",
            { class: "facts" },
            element("span", {}, session.imageId),
            element(
                "span",
                {},
                "started ",
                timeElement(session.createdAt, `${formatDuration(now - session.createdAt)} ago`),
            ),
            isRunning
                ? element(
                      "span",
                      { title: "unless it is used before" },
                      `released in ${formatDuration(Math.min(session.releaseAt, session.endsAt) - now)}`,
                  )
                : undefined,
        ),
        labels.length > 0
            ? element(
                  "ul",
                  { class: "labels", "aria-label": "Labels" },
                  ...labels.map(([key, value]) => element("li", {}, `${key}: ${value}`)),
              )
            : undefined,
        session.mounts.length > 0
            ? element("ul", { class: "mounts", "aria-label": "Mounts" }, ...session.mounts.map(mountElement))
            : undefined,
    );
}

function mountElement(mount) {
    const failures = mount.tasks.filter((task) => task.errorMessage !== "");
    return element(
        "li",
        {},
        element(
            "div",
            { class: "head" },
            element("span", { class: "path" }, mount.path),
            element(
                "span",
                { class: "tags" },
                ...(mount.tasks.length === 0
                    ? [element("span", { class: "tag" }, "not synced yet")]
                    : mount.tasks.map((task) =>
                          tagElement(
                              `${task.type} ${task.status === "Pending" ? "in progress" : task.status.toLowerCase()}`,
                              task.status,
                          ),
                      )),
            ),
        ),
        element("span", { class: "id" }, `${mount.contextName} · ${mount.contextId}`),
        ...failures.map((task) => element("span", { class: "error" }, task.errorMessage)),
    );
}

function requestElement(request) {
    const { method, path } = request;
    const isSuccess = request.status < 400;
    const receivedAt = Date.parse(request.time);
    return element(
        "tr",
        {},
        element("td", {}, timeElement(receivedAt, formatTime(receivedAt))),
        element(
            "td",
            {},
            element(
                "code",
                {},
                path.length > MAX_PATH_LENGTH
                    ? `${method} ${path.slice(0, MAX_PATH_LENGTH - 1)}…`
                    : `${method} ${path}`,
            ),
        ),
        element(
            "td",
            {},
            tagElement(
                isSuccess || request.code === "" ? String(request.status) : `${request.status} ${request.code}`,
                isSuccess ? "Success" : "Failed",
            ),
        ),
        element("td", { class: "number" }, `${request.milliseconds} ms`),
        element("td", { class: "id" }, request.requestId),
    );
}

/** The contexts' elements, by id. They are reused, so expanded folders stay expanded. */
const contextElements = new Map();

function showContexts(contexts) {
    for (const [id, { root }] of contextElements) {
        if (contexts.some((context) => context.id === id)) continue;
        root.remove();
        contextElements.delete(id);
    }
    for (const [index, context] of contexts.entries()) {
        const elements = contextElements.get(context.id) ?? createContextElement(context.id);
        updateChildren(elements.title, [
            element("strong", {}, context.name),
            " ",
            element(
                "span",
                { class: "facts" },
                element("span", { class: "id" }, context.id),
                element("span", {}, "used ", timeElement(context.lastUsedAt, formatDate(context.lastUsedAt))),
                context.uploadMode ? element("span", {}, `${context.uploadMode.toLowerCase()} mode`) : undefined,
            ),
            context.state === "available" ? "" : tagElement(context.state, context.state),
        ]);
        const sibling = $("context-list").children[index];
        if (sibling !== elements.root) $("context-list").insertBefore(elements.root, sibling ?? null);
        if (elements.root.open) void showFolder(context.id, "/", elements.files);
    }
}

function createContextElement(id) {
    const title = element("span");
    const files = element("ul", { class: "tree", "aria-label": "Files" });
    const root = element("details", { class: "context", "data-id": id }, element("summary", {}, title), files);
    root.addEventListener("toggle", () => root.open && void showFolder(id, "/", files));
    const created = { root, title, files };
    contextElements.set(id, created);
    return created;
}

async function showFolder(contextId, folder, list) {
    let response;
    try {
        response = await fetchData(`files?${new URLSearchParams({ contextId, folder })}`);
    } catch {
        // The context may have been deleted. The next status shows it.
        return;
    }
    const text = JSON.stringify(response);
    const expanded = [...list.querySelectorAll(":scope > li > details[open]")];
    if (list.dataset.shown !== text) {
        list.dataset.shown = text;
        const existing = new Map(
            [...list.querySelectorAll(":scope > li > details")].map((item) => [item.dataset.path, item.parentElement]),
        );
        const items = response.data.map((entry) =>
            entry.folder ? (existing.get(entry.path) ?? folderElement(contextId, entry.path)) : fileElement(entry),
        );
        if (response.count > response.data.length)
            items.push(element("li", { class: "facts" }, `and ${response.count - response.data.length} more`));
        if (items.length === 0) items.push(element("li", { class: "facts" }, "no files"));
        const focused = document.activeElement;
        list.replaceChildren(...items);
        if (focused?.isConnected) focused.focus({ preventScroll: true });
    }
    for (const item of expanded)
        if (item.isConnected) void showFolder(contextId, item.dataset.path, item.querySelector("ul"));
}

const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

function folderElement(contextId, path) {
    const list = element("ul", { "aria-label": path });
    const details = element(
        "details",
        { "data-path": path },
        element("summary", { class: "path" }, `${nameOf(path)}/`),
        list,
    );
    details.addEventListener("toggle", () => details.open && void showFolder(contextId, path, list));
    return element("li", {}, details);
}

function fileElement(entry) {
    return element(
        "li",
        { class: "file" },
        element("span", { class: "path" }, nameOf(entry.path)),
        element("span", {}, formatSize(entry.size)),
        element("span", {}, entry.modifiedMs === undefined ? "" : formatDate(entry.modifiedMs)),
    );
}

const emptyElement = (text) => element("p", { class: "empty" }, text);

function showStatus({ now, sessions, contexts, requests }) {
    $("session-count").textContent = sessions.length || "";
    $("context-count").textContent = contexts.length || "";
    $("request-count").textContent = requests.length || "";
    updateChildren(
        $("session-list"),
        sessions.length === 0
            ? [emptyElement("No running sessions. New sessions appear here.")]
            : sessions.map((session) => sessionElement(session, now)),
    );
    $("context-list").querySelector(".empty")?.remove();
    showContexts(contexts);
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
        showStatus((await fetchData("status")).data);
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
