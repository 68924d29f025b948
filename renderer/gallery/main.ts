// The kit on one page, for development: `vite renderer` and /gallery/index.html?theme=dark#charts. The app does not bundle it.
import '../styles/app.css';
import { mount } from 'svelte';
import Gallery from './Gallery.svelte';

const theme = new URLSearchParams(location.search).get('theme');
if (theme) document.documentElement.dataset.theme = theme;
mount(Gallery, { target: document.querySelector('#gallery')! });
