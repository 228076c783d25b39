// The server gives uPlot under this name, since a browser knows no packages.
export { default } from 'uplot';
