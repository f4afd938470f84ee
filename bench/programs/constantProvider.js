/** The provider of `bare.js`: it does the least that a provider can. */
"use strict";

exports.handler = {
    check: async (_olds, news) => ({ inputs: news }),
    diff: async (_id, olds, news) => ({ changes: olds.value !== news.value }),
    create: async (inputs) => ({ id: inputs.name, outs: inputs }),
    delete: async () => undefined,
};
