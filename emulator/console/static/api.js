// Requests to the local AGB, and the token that authorizes them.

const TOKEN_KEY = "local-agb-console";

// The token follows the # in the URL. It is stored for reloads of this tab and removed from the address bar.
function storeToken() {
    if (!/^#[0-9a-f]{64}$/.test(location.hash)) return;
    sessionStorage.setItem(TOKEN_KEY, location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
}
storeToken();
// Entering the URL of another server run in an open tab changes only the hash and loads nothing.
addEventListener("hashchange", storeToken);

async function request(path, options = {}) {
    const response = await fetch(`/local/console/${path}`, {
        ...options,
        headers: { authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY) ?? ""}` },
    });
    if (response.ok) return response;
    const { message } = await response.json();
    throw Object.assign(new Error(`${message[0].toUpperCase()}${message.slice(1)}.`), { isRejected: true });
}

/** Fetches data: `{ data, count }`. */
export const fetchData = async (path, parameters = {}) => (await request(withQuery(path, parameters))).json();

export const post = (path, body) => request(path, { method: "POST", body: JSON.stringify(body) });

export const remove = (path, parameters) => request(withQuery(path, parameters), { method: "DELETE" });

/** Saves a file with the browser's own download. */
export async function download(path, parameters, name) {
    const url = URL.createObjectURL(await (await request(withQuery(path, parameters))).blob());
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    // The download has begun when the next task runs, and then keeps the data itself.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const withQuery = (path, parameters) => {
    const query = new URLSearchParams(parameters).toString();
    return query === "" ? path : `${path}?${query}`;
};
