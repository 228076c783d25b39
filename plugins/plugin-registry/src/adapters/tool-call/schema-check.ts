import { runInNewContext } from 'node:vm';
import type {
  JsonSchemaType,
  JsonSchemaValidator,
  jsonSchemaValidator,
} from '@modelcontextprotocol/client';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import type { SchemaCheck } from '../../ports/schema-check.ts';

// A stranger's pattern on a stranger's text can take longer than the universe.
const LONGEST_MS = 1_000;
const MOST_SCHEMA_CHARACTERS = 200_000;

/** JSON Schemas of strangers, compiled and applied within a second each. */
export class BoundedSchemas implements jsonSchemaValidator {
  // A validator keeps what it has compiled for ever, so nothing is kept.
  getValidator<T>(schema: JsonSchemaType): JsonSchemaValidator<T> {
    const check = within(() => new AjvJsonSchemaValidator().getValidator<T>(schema));
    return (input) => within(() => check(input));
  }
}

/** What is wrong with a value by a JSON Schema, or undefined when it fits. */
export const checkSchema: SchemaCheck = (schema, value) => {
  if (JSON.stringify(schema).length > MOST_SCHEMA_CHARACTERS)
    return 'the schema is too long to apply';
  try {
    const result = new BoundedSchemas().getValidator(schema)(value);
    return result.valid ? undefined : result.errorMessage.slice(0, 300);
  } catch (error) {
    return `the schema cannot be applied (${(error as Error).message.slice(0, 200)})`;
  }
};

// V8 ends what runs in a context when its time is over, in our own functions and in patterns, too.
function within<Result>(work: () => Result): Result {
  return runInNewContext('work()', { work }, { timeout: LONGEST_MS }) as Result;
}
