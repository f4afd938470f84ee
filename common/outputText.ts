/** Outputs that a program converts to text, as in `${context.id}`: Pulumi's SDK puts its advice in place of the value. */

const ADVICE = /Calling \[to(?:String|JSON)\] on an \[Output<T>\] is not supported/;

export const containsOutputText = (text: string): boolean => ADVICE.test(text);
