# One image for every function: FUNCTION_TARGET says which of them a container hosts. `node /app/cli/kubescribe.mjs` is
# the command line. Node is the first process: it hears SIGTERM itself.
# A release pins the base: --build-arg NODE=node:24.21.0-slim@sha256:…
ARG NODE=node:24.21.0-slim

FROM ${NODE} AS build
WORKDIR /src
# Whoever writes the code cache must be the user that reads it.
RUN mkdir /app && chown node:node /src /app
USER node
COPY --chown=node:node package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY --chown=node:node . .
RUN node bundle.ts /app

FROM ${NODE}
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="KubeScribe" \
      org.opencontainers.image.description="Scheduled data pipelines on Knative, with a flight recorder" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Nothing is installed here: what a container does not need it cannot be made to run.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* /usr/local/bin/yarn*
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/cache PORT=8080
COPY --from=build --chown=node:node /app /app
WORKDIR /app
# A number: Kubernetes cannot tell whether a name is root's.
USER 1000:1000
EXPOSE 8080
# The flags are those of bundle.ts, else the code cache is for another Node.
CMD ["node", "--min-semi-space-size=8", "--max-semi-space-size=8", "/app/host/main.js"]
