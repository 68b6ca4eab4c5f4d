# Cria in a container. `docker build .` makes the image without GPU builds, `--target gpu` the one with them.
# Every step is run by `npm run prove:container` in a Debian root, without a container engine: keep to FROM, ARG, ENV, WORKDIR,
# COPY, RUN, USER and what only describes the image.
ARG NODE_IMAGE=node:24.21.0-trixie-slim

# Builds with what package-lock.json names, then keeps what the server needs at run time.
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: the lock file names the engine builds that its author's registry had, not those of every platform.
RUN npm install --no-save --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

# The same without what only a GPU can use.
FROM build AS build-cpu
RUN rm -rf node_modules/@node-llama-cpp/*-cuda node_modules/@node-llama-cpp/*-cuda-ext node_modules/@node-llama-cpp/*-vulkan

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production CRIA_HOME=/data CRIA_HOST=0.0.0.0 CRIA_TOKEN=auto
# What is written is written to /data: the rest of the root may be read-only.
RUN mkdir -p /data/models && chown -R node:node /data
WORKDIR /app
COPY --from=build /src/package.json /src/README.md /src/LICENSE ./
COPY --from=build /src/dist/web ./dist/web
COPY --from=build /src/dist/server ./dist/server
COPY --from=build /src/models ./models
USER node
EXPOSE 3000
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/server/cli/main.js"]
CMD ["serve", "--no-open"]

FROM runtime AS gpu
USER root
RUN apt-get update && apt-get install -y --no-install-recommends libvulkan1 && rm -rf /var/lib/apt/lists/*
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics
COPY --from=build /src/node_modules ./node_modules
USER node

FROM runtime AS cpu
ENV CRIA_GPU=off
COPY --from=build-cpu /src/node_modules ./node_modules
