//! `--watch`, and output that nobody reads.

use super::Life;

#[test]
fn watch_shows_it_again_and_again_until_ctrl_c() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let mut watch = life.world.start(&life.arguments(&["status", "--watch", "--json"]));
    watch.prints("\"state\":\"running\"");
    watch.prints("\"state\":\"running\"");
    watch.signal("INT");
    assert_eq!(watch.end(), Some(0));
}
