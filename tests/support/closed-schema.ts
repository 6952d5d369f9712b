/** A document lets objects have further fields, so that clients live on; ours have none that it does not name. */
export function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const walked = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === 'example' || key === 'examples' ? value : closed(value)]),
  );
  const isModel = walked.type === 'object' && walked.properties && walked.additionalProperties === undefined;
  return isModel ? { ...walked, additionalProperties: false } : walked;
}
