// node build.mjs WORDS OUT: bundles the widget.
//
// WORDS holds fr.json and en.json, the phrases of the widget by their keys. OUT gets widget.js, the
// script that a site names; assets/, what it fetches on opening, under names that change with their
// content; and built.json, the list of what a conversation needs with its weight.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build, transform } from "esbuild";

const [wordsFolder, out] = process.argv.slice(2);
const LANGUAGES = ["fr", "en"];
const BUTTON_WORDS = ["open", "open_label", "unread", "unreachable"];
const LATER =
  /^(requests|telegram|mail|erase)_|^(times|download|mail|transcript_file|email|erased)$/; // of the menu
const squeezed = promisify(gzip);

/** A style sheet is a text that a constructable sheet is made of. */
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
      });
      return { contents: code, loader: "text" };
    });
  },
};

/** Templates need no indents, nor do programs. */
const templates = {
  name: "templates",
  setup({ onLoad }) {
    onLoad({ filter: /src\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\n\s+/g, "\n"),
      loader: "ts",
    }));
  },
};

/** `words:fr` is the phrases of a language that a conversation needs, `words:fr-later` the others;
 * `words:button` those that the button needs in all. */
const words = {
  name: "words",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^words:/ }, ({ path }) => ({ path: path.slice(6), namespace: "words" }));
    onLoad({ filter: /.*/, namespace: "words" }, async ({ path }) => ({
      // As a program: of JSON every key would be exported by its name as well.
      contents: `export default ${JSON.stringify(await phrases(path))}`,
    }));
  },
};

const read = async (language) =>
  JSON.parse(await readFile(join(wordsFolder, `${language}.json`), "utf8"));

function phrases(path) {
  if (path === "button") return ofTheButton();
  const [language, later] = path.split("-");
  return chosen(language, (key) => LATER.test(key) === Boolean(later));
}

async function chosen(language, isIn) {
  return Object.fromEntries(Object.entries(await read(language)).filter(([key]) => isIn(key)));
}

async function ofTheButton() {
  const told = {};
  for (const language of LANGUAGES) {
    const all = await read(language);
    told[language] = Object.fromEntries(BUTTON_WORDS.map((key) => [key, all[key]]));
  }
  return told;
}

const options = {
  bundle: true,
  minify: true,
  metafile: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "linked", // the licences of what is bundled lie beside it
  plugins: [styles, words, templates],
};

const app = await build({
  ...options,
  entryPoints: { app: "src/app/main.ts" },
  outdir: join(out, "assets"),
  format: "esm",
  splitting: true,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
});
const outputs = Object.entries(app.metafile.outputs);
const [entry] = outputs.find(([, output]) => output.entryPoint === "src/app/main.ts");

await build({
  ...options,
  entryPoints: { widget: "src/loader/main.ts" },
  outdir: out,
  format: "iife",
  define: { APP: JSON.stringify(`widget/assets/${basename(entry)}`) },
});

/** A chunk and all that it cannot do without. */
function needs(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const { path, kind } of app.metafile.outputs[name].imports) {
    if (kind === "import-statement") needs(path, found);
  }
  return found;
}

const weigh = async (file) => (await squeezed(await readFile(file), { level: 9 })).length;

const files = [["widget.js", await weigh(join(out, "widget.js"))]];
for (const name of needs(entry)) files.push([`assets/${basename(name)}`, await weigh(name)]);
const languages = outputs.filter(([, o]) => o.entryPoint?.startsWith("words:"));
const weighed = await Promise.all(
  languages.map(async ([name]) => [`assets/${basename(name)}`, await weigh(name)]),
);
files.push(weighed.sort(([, a], [, b]) => b - a)[0]); // the heavier language counts
const gzipBytes = files.reduce((sum, [, bytes]) => sum + bytes, 0);

// The service hands out what is squeezed already.
for (const folder of [out, join(out, "assets")]) {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".js")) continue;
    const file = join(folder, name);
    await writeFile(`${file}.gz`, await squeezed(await readFile(file), { level: 9 }));
  }
}
await writeFile(
  join(out, "built.json"),
  JSON.stringify({ gzip_bytes: gzipBytes, files: Object.fromEntries(files) }, null, 1),
);
