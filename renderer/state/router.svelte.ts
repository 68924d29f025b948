// The route that is shown, kept in step with the address, so that back and forward work.
import { formatRoute, parseRoute, type Route } from './routes.ts';

export class Router {
  route = $state.raw<Route>({ screen: 'home' });

  constructor() {
    this.route = parseRoute(location.hash);
    window.addEventListener('hashchange', () => {
      this.route = parseRoute(location.hash);
    });
  }

  go(route: Route): void {
    location.hash = formatRoute(route);
  }

  /** As go, but the present place is not kept in the history. */
  replace(route: Route): void {
    history.replaceState(null, '', formatRoute(route));
    this.route = route;
  }
}
