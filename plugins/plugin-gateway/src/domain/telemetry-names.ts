// Names after the OpenTelemetry conventions for generative AI (semantic-conventions-genai 0.1.0,
// status "development"). They have changed before, so they stand here and nowhere else. Names that
// begin with `gateway` are ours, where the conventions have none.

/** Names of spans; the model or the agent follows. */
export const SPAN = {
  chat: 'chat',
  invokeAgent: 'invoke_agent',
  /** All that happens for one call: admission, then a chat span for each model that is tried. */
  call: 'gateway.call',
} as const;

/** Attributes of spans. */
export const ATTRIBUTE = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  maxTokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  topP: 'gen_ai.request.top_p',
  frequencyPenalty: 'gen_ai.request.frequency_penalty',
  presencePenalty: 'gen_ai.request.presence_penalty',
  seed: 'gen_ai.request.seed',
  stream: 'gen_ai.request.stream',
  outputType: 'gen_ai.output.type',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  tokensIn: 'gen_ai.usage.input_tokens',
  tokensOut: 'gen_ai.usage.output_tokens',
  agent: 'gen_ai.agent.name',
  conversation: 'gen_ai.conversation.id',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  errorType: 'error.type',
  callId: 'gateway.call.id',
  costUsd: 'gateway.call.cost_usd',
  /** `provider:model` that answered. */
  model: 'gateway.call.model',
  task: 'gateway.task.id',
} as const;

/** Prometheus metrics; where the conventions have the metric, as its exporter would name it. */
export const METRIC = {
  duration: 'gen_ai_client_operation_duration_seconds',
  timeToFirstChunk: 'gen_ai_client_operation_time_to_first_chunk_seconds',
  tokens: 'gen_ai_client_token_usage',
  calls: 'gateway_calls_total',
  cost: 'gateway_cost_usd_total',
  fallbacks: 'gateway_fallbacks_total',
  refusedReservations: 'gateway_refused_reservations_total',
  breaker: 'gateway_breaker_open',
} as const;

/** Labels of metrics. None holds what a person or a model wrote. */
export const LABEL = {
  agent: 'gen_ai_agent_name',
  provider: 'gen_ai_provider_name',
  model: 'gen_ai_request_model',
  tokenType: 'gen_ai_token_type',
  errorType: 'error_type',
  outcome: 'outcome',
  reason: 'reason',
  code: 'code',
} as const;
