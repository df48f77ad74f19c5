import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** A line of a manifest, for people to go to. */
export type Place = { file: string; line: number };

/** What is wrong with a manifest, and where. */
export type Fault = Place & { message: string };

export type Path = readonly (string | number)[];

/** One YAML document: its value, and the way back from a field to its line. */
export type YamlDocument = { value: unknown; place: (path: Path) => Place };

/** Reads all documents of a YAML file; broken YAML is added to the faults. */
export function readYamlFile(file: string, faults: Fault[]): YamlDocument[] {
  return readYaml(readFileSync(file, 'utf8'), file, faults);
}

/** Reads all documents of a YAML text; `firstLine` is where the text begins in its file. */
export function readYaml(text: string, file: string, faults: Fault[], firstLine = 1): YamlDocument[] {
  const lines = new LineCounter();
  const lineOf = (offset: number) => lines.linePos(offset).line + firstLine - 1;
  const documents: YamlDocument[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: lines })) {
    for (const error of document.errors) {
      faults.push({
        file,
        line: lineOf(error.pos[0]),
        message: error.message.split('\n', 1)[0] ?? 'broken YAML',
      });
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    const start = document.contents.range?.[0] ?? 0;
    const place = (path: Path) => ({ file, line: lineOf(offsetOf(document.contents, path) ?? start) });
    documents.push({ value: document.toJS(), place });
  }
  return documents;
}

/** The offset of a field's key, or of the deepest of its parents that is written down. */
function offsetOf(contents: unknown, path: Path): number | undefined {
  let node = contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (item === undefined) break;
      offset = rangeStart(item) ?? offset;
      node = item;
    } else break;
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
}
