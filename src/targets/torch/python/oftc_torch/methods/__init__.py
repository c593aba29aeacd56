"""The methods of PEFT, derived for layers of every size. `npm run docs` of oftc prints them."""
