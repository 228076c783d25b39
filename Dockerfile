# One agent that answers over REST, or with AGENT_ROLE=worker a process more for a company on its
# PostgreSQL server. The environment tells it everything, the secrets too: none is in here.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY plugins ./plugins
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

FROM node:24.21.0-bookworm-slim
WORKDIR /app
COPY --from=dependencies /app ./
COPY scripts ./scripts
COPY characters ./characters
RUN install --directory --owner=node --group=node --mode=0700 /data
ENV NODE_ENV=production DEVNET=off DATA_DIR=/data SERVER_HOST=0.0.0.0 SERVER_PORT=3710
USER node
VOLUME /data
EXPOSE 3710
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:' + process.env.SERVER_PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--conditions=@371os/source", "scripts/main.js"]
CMD ["agent"]
