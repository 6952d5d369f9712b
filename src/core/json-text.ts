/**
 * A value that is JSON already, for something large that many people are sent. In the payload of a socket event or its
 * answer, the text goes out as it is. Anywhere else it is encoded as the value that it stands for.
 */
export class JsonText<Value = unknown> {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  static of<Value extends object>(value: Value): JsonText<Value> {
    return new JsonText(JSON.stringify(value));
  }

  toJSON(): Value {
    return JSON.parse(this.text);
  }

  /** The array with one more element; this one stays as it is. */
  static appended<Element extends object>(list: JsonText<Element[]>, element: Element): JsonText<Element[]> {
    const { text } = list;
    return new JsonText(`${text === '[]' ? '[' : `${text.slice(0, -1)},`}${JSON.stringify(element)}]`);
  }
}
