/**
 * A value that is JSON already, for something large that many people are sent. In the payload of a socket event or its
 * answer, the text goes out as it is. Anywhere else it is encoded as the value that it stands for.
 */
export class JsonText<Value = unknown> {
  /** Only its type is used. */
  declare readonly value: Value;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): Value {
    return JSON.parse(this.text);
  }
}
