# The reference application. Type annotations are stripped by Node itself, so nothing is built: packages and sources.
# Build from the root of the checkout: docker build -f images/service.Dockerfile .

# The version of package.json's devDependency "node"; a deployment pins the built image by digest.
FROM node:24.21.0-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The service needs no package's install script.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM node:24.21.0-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY client ./client
COPY service ./service
# The image's own user without rights, by number, so that platforms can check that it is not root.
USER 1000:1000
EXPOSE 8080
# Without a shell or npm between: SIGTERM reaches the service itself, which stops within 8 s of Cloud Run's 10.
CMD ["node", "service/main.ts"]
