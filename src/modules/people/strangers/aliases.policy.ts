import { type Random, randomBelow } from '../../../core/random.ts';

// Words that stay harmless in any pair.
const ADJECTIVES = `
  agile airy alpine amber ample ancient arctic artful autumn azure balmy bashful blithe blooming blue bold bookish bouncy
  brave breezy bright brisk bronze bubbly buoyant calm candid careful carefree cedar cheerful cheery chipper clever cloudy
  coastal cobalt copper cosmic cozy crimson crisp curious dapper daring dashing dawning deft dewy distant dreamy
  drifting dusky eager early earnest eastern easy elated elegant emerald epic even fabled faithful famous fancy fearless
  feathery festive fleet floating fluffy fond frank free fresh friendly frosty gallant gentle ghostly giddy gifted gilded
  glad gleaming glossy glowing golden graceful grand grateful green hardy hasty hazel hearty hidden hopeful humble hushed
  icy idle indigo ivory jade jaunty jolly jovial joyful keen kind leafy lilac limber lively lofty loyal lucid lucky lunar
  magic mellow merry mighty mild minty misty modest mossy musical mystic neat nimble noble northern opal orange
  patient peaceful pearly pensive perky placid plucky poetic polar polite proud purple quaint quick quiet rapid rare
  rosy rustic sandy serene shimmering shiny silent silver sincere sleepy snowy snug solar southern sparkling spirited
  spry steady stellar sunny swift tidy tranquil twilight upbeat valiant velvet vivid wandering warm western whimsical
  wise wistful witty zesty`;
const NOUNS = `
  acorn anchor apple arrow aspen aster atlas aurora badger bagel balloon banjo barley basil beacon bell birch biscuit
  bison blossom bonfire breeze brook buffalo butterfly button cactus camel canary candle canoe canyon caravan cardinal
  carousel castle cello cherry chestnut cinnamon circle clarinet cliff clover cloud comet compass cookie coral cottage
  crane creek cricket crystal daisy dolphin dragonfly drummer dune eagle echo ember falcon feather fern ferry fiddle
  finch firefly flute forest fountain fox galaxy garden gazelle geyser glacier grove guitar gull hammock harbor harp
  hawk hazelnut hedgehog heron hill horizon ibex iris island ivy jasmine journey juniper kayak kettle kite koala lagoon
  lake lantern lark lemon library lighthouse lily lotus lynx mango maple marble marigold marmot meadow melody meteor
  mirror moon mountain muffin narwhal nebula nomad notebook oak oasis ocean octopus orbit orchard orchid osprey otter
  owl panda papaya parrot pebble pelican penguin pepper phoenix piano pilgrim pine planet plum pond poppy prairie puffin
  puzzle quartz quill rabbit rainbow raven reef ripple river robin rocket saffron sail sailor satellite scholar seal
  shadow shore sparrow sphinx spruce squirrel star stranger stream summit sunflower swallow swan tangerine teapot
  thistle thunder tiger traveler tulip turtle valley violet violin visitor voyager wagon walnut walrus waterfall wave
  whale willow window wizard wolf wombat woodpecker wren yak zebra zephyr`;

const words = (list: string): readonly string[] => list.trim().split(/\s+/);
/** The words that an alias is made of. */
export const ALIAS_WORDS = { adjectives: words(ADJECTIVES), nouns: words(NOUNS) };

/** Random tries before the rest is searched in order. */
const TRIES = 50;

/**
 * A random alias such as `ghostly-stranger` for which `isTaken` is false. When all are taken, which takes one person tens of
 * thousands of chats, any.
 */
export function newAlias(random: Random, isTaken: (alias: string) => boolean = () => false): string {
  const { adjectives, nouns } = ALIAS_WORDS;
  const count = adjectives.length * nouns.length;
  const aliasAt = (at: number) => `${adjectives[Math.floor(at / nouns.length)]}-${nouns[at % nouns.length]}`;
  for (let tries = 0; tries < TRIES; tries++) {
    const alias = aliasAt(randomBelow(random, count));
    if (!isTaken(alias)) return alias;
  }
  const start = randomBelow(random, count);
  for (let step = 0; step < count; step++) {
    const alias = aliasAt((start + step) % count);
    if (!isTaken(alias)) return alias;
  }
  return aliasAt(start);
}
