// Closes what a browser would leave open: the network, permissions, downloads, other pages.
import { app, protocol, type Session, type WebContents } from 'electron';
import { answerAppRequest, type AppContent } from './appRequest.ts';
import { appScheme, isAllowedPermission, isAllowedRequest, isAppUrl, networkSwitches } from './policy.ts';

/** Before the app is ready. */
export function prepareLock(): void {
  for (const [name, value] of networkSwitches) app.commandLine.appendSwitch(name, value);
  protocol.registerSchemesAsPrivileged([
    {
      scheme: appScheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => lockContents(contents));
}

export function lockSession(session: Session, content: AppContent): void {
  session.protocol.handle(appScheme, (request) => answerAppRequest(request, content));
  session.webRequest.onBeforeRequest(({ url, webContents }, answer) => {
    // The developer tools load their own page; a package has none.
    const isTool = !app.isPackaged && url.startsWith('devtools:') && webContents === undefined;
    answer({ cancel: !(isAllowedRequest(url) || isTool) });
  });
  session.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(isAllowedPermission(permission, requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) =>
    isAllowedPermission(permission, origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  // Pages hand files over as blobs, which Electron then asks a place for; nothing else may be downloaded.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith('blob:') && !item.getURL().startsWith('data:image/'))
      event.preventDefault();
  });
}

function lockContents(contents: WebContents): void {
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isAppUrl(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
