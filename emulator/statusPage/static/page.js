// The status page: asks for the status every second while it can be seen, and changes what differs.
const EVERY_MS = 1000;
const TOKEN = "local-agb-page";

// The token stands behind the # of the address; it is kept for reloads of this tab, and taken out of sight.
function takeToken() {
    if (!/^#[0-9a-f]{64}$/.test(location.hash)) return;
    sessionStorage.setItem(TOKEN, location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
}
takeToken();
// The address of another start, put into a tab that is open already, loads nothing anew.
addEventListener("hashchange", takeToken);

const $ = (id) => document.getElementById(id);

/** An element with attributes and children; texts are only ever texts. */
function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== undefined));
    return made;
}

async function ask(what) {
    const response = await fetch(`/local/page/${what}`, {
        headers: { authorization: `Bearer ${sessionStorage.getItem(TOKEN) ?? ""}` },
    });
    const body = await response.json();
    if (!body.success) throw Object.assign(new Error(body.message), { refused: true });
    return body;
}

/** Makes the children of an element those given, and touches only what differs: what is selected stays so. */
function show(parent, children) {
    const wanted = [...element("div", {}, ...children).childNodes];
    for (const [index, child] of wanted.entries()) {
        const old = parent.childNodes[index];
        if (old === undefined) parent.append(child);
        else if (old.nodeName !== child.nodeName) old.replaceWith(child);
        else if (old.nodeType === Node.TEXT_NODE) old.data !== child.data && (old.data = child.data);
        else {
            for (const { name } of [...old.attributes]) if (!child.hasAttribute(name)) old.removeAttribute(name);
            for (const { name, value } of child.attributes)
                if (old.getAttribute(name) !== value) old.setAttribute(name, value);
            show(old, [...child.childNodes]);
        }
    }
    while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

const seconds = (ms) => Math.max(0, Math.round(ms / 1000));
function span(ms) {
    const all = seconds(ms);
    if (all < 60) return `${all} s`;
    if (all < 3600) return `${Math.floor(all / 60)} min ${all % 60} s`;
    if (all < 86400) return `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
    return `${Math.floor(all / 86400)} d`;
}
function size(bytes) {
    const units = ["B", "KB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
    return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
const day = (ms) => new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short", hour12: false });
const time = (ms, text) => element("time", { datetime: new Date(ms).toISOString(), title: day(ms) }, text);
const kind = { Success: "good", Failed: "bad", RUNNING: "good", available: "good" };
const tag = (text, status) => element("span", { class: `tag ${kind[status] ?? "busy"}` }, text);

function sessionCard(session, now) {
    const labels = Object.entries(session.labels);
    const living = session.status === "RUNNING";
    return element(
        "article",
        { class: "card", "aria-label": `Session ${session.id}` },
        element(
            "div",
            { class: "head" },
            element("h3", { class: "path" }, session.id),
            tag(session.status.toLowerCase(), session.status),
        ),
        element(
            "p",
            { class: "facts" },
            element("span", {}, session.imageId),
            element("span", {}, "started ", time(session.createdAt, `${span(now - session.createdAt)} ago`)),
            living
                ? element(
                      "span",
                      { title: "unless it is used until then" },
                      `released in ${span(Math.min(session.dueAt, session.endsAt) - now)}`,
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
            ? element("ul", { class: "mounts", "aria-label": "Mounts" }, ...session.mounts.map(mountItem))
            : undefined,
    );
}

function mountItem(mount) {
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
                          tag(
                              `${task.type} ${task.status === "Pending" ? "under way" : task.status.toLowerCase()}`,
                              task.status,
                          ),
                      )),
            ),
        ),
        element("span", { class: "id" }, `${mount.contextName} · ${mount.contextId}`),
        ...failures.map((task) => element("span", { class: "error" }, task.errorMessage)),
    );
}

function requestRow(request) {
    const good = request.status < 400;
    return element(
        "tr",
        {},
        element("td", {}, time(Date.parse(request.time), clock(Date.parse(request.time)))),
        element(
            "td",
            {},
            element(
                "code",
                {},
                `${request.method} ${request.path.length > 52 ? `${request.path.slice(0, 51)}…` : request.path}`,
            ),
        ),
        element(
            "td",
            {},
            tag(
                good || request.code === "" ? String(request.status) : `${request.status} ${request.code}`,
                good ? "Success" : "Failed",
            ),
        ),
        element("td", { class: "number" }, `${request.milliseconds} ms`),
        element("td", { class: "id" }, request.requestId),
    );
}

/** The contexts' elements, by id: they stay, since what is open in them does. */
const contextElements = new Map();

function showContexts(contexts) {
    for (const [id, { root }] of contextElements) {
        if (contexts.some((context) => context.id === id)) continue;
        root.remove();
        contextElements.delete(id);
    }
    for (const [index, context] of contexts.entries()) {
        const found = contextElements.get(context.id) ?? makeContext(context.id);
        show(found.title, [
            element("strong", {}, context.name),
            " ",
            element(
                "span",
                { class: "facts" },
                element("span", { class: "id" }, context.id),
                element("span", {}, "used ", time(context.lastUsedAt, day(context.lastUsedAt))),
                context.uploadMode ? element("span", {}, `${context.uploadMode.toLowerCase()} mode`) : undefined,
            ),
            context.state === "available" ? "" : tag(context.state, context.state),
        ]);
        const place = $("context-list").children[index];
        if (place !== found.root) $("context-list").insertBefore(found.root, place ?? null);
        if (found.root.open) void showFolder(context.id, "/", found.files);
    }
}

function makeContext(id) {
    const title = element("span");
    const files = element("ul", { class: "tree", "aria-label": "Files" });
    const root = element("details", { class: "context", "data-id": id }, element("summary", {}, title), files);
    root.addEventListener("toggle", () => root.open && void showFolder(id, "/", files));
    const made = { root, title, files };
    contextElements.set(id, made);
    return made;
}

async function showFolder(contextId, folder, list) {
    let answer;
    try {
        answer = await ask(`files?${new URLSearchParams({ contextId, folder })}`);
    } catch {
        // The context may have gone meanwhile; the next status says so.
        return;
    }
    const text = JSON.stringify(answer);
    const opened = [...list.querySelectorAll(":scope > li > details[open]")];
    if (list.dataset.shown !== text) {
        list.dataset.shown = text;
        const kept = new Map(
            [...list.querySelectorAll(":scope > li > details")].map((each) => [each.dataset.path, each.parentElement]),
        );
        const items = answer.data.map((entry) =>
            entry.folder ? (kept.get(entry.path) ?? folderItem(contextId, entry.path)) : fileItem(entry),
        );
        if (answer.count > answer.data.length)
            items.push(element("li", { class: "facts" }, `and ${answer.count - answer.data.length} more`));
        if (items.length === 0) items.push(element("li", { class: "facts" }, "no files"));
        const focused = document.activeElement;
        list.replaceChildren(...items);
        if (focused?.isConnected) focused.focus({ preventScroll: true });
    }
    for (const each of opened)
        if (each.isConnected) void showFolder(contextId, each.dataset.path, each.querySelector("ul"));
}

const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

function folderItem(contextId, path) {
    const list = element("ul", { "aria-label": path });
    const made = element(
        "details",
        { "data-path": path },
        element("summary", { class: "path" }, `${nameOf(path)}/`),
        list,
    );
    made.addEventListener("toggle", () => made.open && void showFolder(contextId, path, list));
    return element("li", {}, made);
}

function fileItem(entry) {
    return element(
        "li",
        { class: "file" },
        element("span", { class: "path" }, nameOf(entry.path)),
        element("span", {}, size(entry.size)),
        element("span", {}, entry.modifiedMs === undefined ? "" : day(entry.modifiedMs)),
    );
}

const empty = (text) => element("p", { class: "empty" }, text);

function showStatus({ now, sessions, contexts, requests }) {
    $("session-count").textContent = sessions.length || "";
    $("context-count").textContent = contexts.length || "";
    $("request-count").textContent = requests.length || "";
    show(
        $("session-list"),
        sessions.length === 0
            ? [empty("No session lives. One appears here as soon as it is made.")]
            : sessions.map((session) => sessionCard(session, now)),
    );
    $("context-list").querySelector(".empty")?.remove();
    showContexts(contexts);
    if (contexts.length === 0) $("context-list").replaceChildren(empty("There is no context yet."));
    show($("request-list"), requests.map(requestRow));
}

function showState(state, text, trouble = "") {
    $("state").className = state;
    if ($("state-text").textContent !== text) $("state-text").textContent = text;
    $("trouble").hidden = trouble === "";
    if ($("trouble").textContent !== trouble) $("trouble").textContent = trouble;
}

async function update() {
    try {
        showStatus((await ask("status")).data);
        showState("live", "live");
    } catch (error) {
        showState(
            "lost",
            "not connected",
            error.refused
                ? `${error.message[0].toUpperCase()}${error.message.slice(1)}.`
                : "The local AGB does not answer. What is shown is what was last known.",
        );
    }
}

$("address").textContent = location.origin;
for (;;) {
    if (!document.hidden) await update();
    await new Promise((next) => {
        const wake = () => {
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", wake);
            next();
        };
        const timer = setTimeout(wake, EVERY_MS);
        document.addEventListener("visibilitychange", wake);
    });
}
