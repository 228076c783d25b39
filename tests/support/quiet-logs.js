// ElizaOS tells at length what it does; a test run should show what failed. It takes the level
// while it is being imported. To see more: LOG_LEVEL=info npm test -- tests/gateway
process.env.LOG_LEVEL ||= 'fatal';
