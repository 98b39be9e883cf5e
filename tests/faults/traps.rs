//! The traps that were seen to happen to programs of this kind, each with the tests that name it.
//!
//! Numbers are those of the project's notes on supervision and on the workbook and Redis. One is no test's to hold: that
//! a frozen Excel answers nobody over COM, which nothing here asks.

use super::sources;

const TRAPS: &[(&str, &[&str])] = &[
    (
        "supervision 1: what catch_unwind does not catch ends the process, which is started again",
        &[
            "an_overflow_of_a_workers_stack_ends_the_process_which_is_started_again",
            "memory_that_is_refused_ends_the_process_which_is_started_again",
            "a_panic_in_a_drop_while_another_unwinds_ends_the_process_which_is_started_again",
            "a_panic_in_the_panic_hook_ends_the_process_which_is_started_again",
            "a_panic_out_of_extern_c_ends_the_process_which_is_started_again",
            "a_killed_stack_runs_again_and_says_how_often_and_why",
            "a_worker_thread_has_an_explicit_stack_size",
        ],
    ),
    ("supervision 2: panics may abort", &["a_build_in_which_panics_abort_is_refused"]),
    (
        "supervision 3: a payload that panics when it is dropped, or has no text",
        &[
            "a_payload_that_panics_when_dropped_is_forgotten",
            "the_text_of_a_panic_is_told_whatever_its_payload",
        ],
    ),
    (
        "supervision 4: the panic hook is the process's, and a stack is resolved when it is printed",
        &[
            "the_library_sets_no_panic_hook_unasked",
            "the_hook_chains_to_the_one_before_and_acts_only_on_our_threads",
            "a_panic_tells_its_place_and_its_stack_which_is_named_only_when_it_is_printed",
        ],
    ),
    (
        "supervision 5: what a crash left behind",
        &["a_worker_is_built_anew_from_its_factory_and_nothing_it_held_survives_a_panic"],
    ),
    ("supervision 6: user code under a lock", &["no_user_code_runs_under_a_lock_of_the_supervisors"]),
    ("supervision 7: a timed join", &["a_timed_join_ends_with_the_thread_or_at_its_deadline"]),
    (
        "supervision 8: ticks that are dropped, timers that drift, select that picks at random",
        &[
            "a_cycle_longer_than_its_interval_is_followed_at_once_and_none_is_dropped",
            "a_cadence_counts_from_the_start_of_the_cycle",
            "the_order_to_stop_wins_over_whatever_else_is_ready",
        ],
    ),
    (
        "supervision 9: a thread that is refused",
        &[
            "a_refused_thread_is_asked_for_again_while_the_others_run",
            "a_system_without_a_single_thread_is_said_at_the_start",
        ],
    ),
    (
        "supervision 10: signals are the host's",
        &[
            "ctrl_c_is_pythons_and_sigterm_kills_as_it_would_without_us",
            "a_thread_of_ours_takes_no_signal_and_its_starter_keeps_its_own",
        ],
    ),
    (
        "supervision 11: fork",
        &[
            "a_forked_child_of_a_stack_gets_an_error_at_once_and_the_parent_goes_on",
            "forked_children_that_live_on_do_not_keep_the_home",
            "a_program_that_it_starts_gets_none_of_its_files",
        ],
    ),
    (
        "supervision 12: a panic out of C, and a library that is unloaded",
        &[
            "a_panic_becomes_a_code_with_its_text",
            "unloading_the_library_does_not_pull_it_from_under_its_threads",
        ],
    ),
    (
        "supervision 13: a Python host that ends",
        &[
            "runserver_without_the_reloader_has_one_stack_and_ends_by_ctrl_c_and_by_sigterm",
            "ctrl_c_ends_all_without_a_hang",
        ],
    ),
    (
        "supervision 14: an exit with threads that run, or hang",
        &[
            "the_second_signal_ends_at_once_what_the_first_waits_for",
            "stop_names_the_hung_at_its_deadline",
            "more_hung_workers_than_allowed_end_the_process_and_the_parent_starts_it_again",
        ],
    ),
    (
        "supervision 15: suspend, and clocks that are set",
        &[
            "a_wall_clock_instant_comes_within_a_second_of_a_clock_step",
            "a_step_of_the_wall_clock_moves_no_deadline",
            "the_end_of_a_suspend_gives_every_worker_a_fresh_deadline",
        ],
    ),
    (
        "supervision 16: a closed pipe",
        &[
            "a_closed_pipe_is_no_error",
            "a_closed_pipe_on_standard_error_ends_nothing",
            "a_closed_pipe_on_standard_error_ends_no_stack",
        ],
    ),
    (
        "supervision 17: what was skipped silently",
        &[
            "opens_missed_while_nothing_ran_are_recorded_at_the_next_start",
            "an_open_without_quotes_is_missed_with_its_reason",
        ],
    ),
    (
        "reading 1: stat says saved, not changed, and may hide a change",
        &[
            "a_file_that_is_not_saved_is_unchanged",
            "a_change_elsewhere_in_the_workbook_confirms_the_quotes",
            "a_change_that_stat_hides_is_seen_in_the_end",
        ],
    ),
    (
        "reading 2: an open handle breaks a save, and damage that is not noticed",
        &["no_handle_of_the_workbook_stays_open_between_two_looks", "no_flipped_bit_changes_a_quote"],
    ),
    (
        "reading 3: one odd cell fails a sheet, a stray one takes all memory, a forged count aborts",
        &[
            "one_odd_row_never_holds_back_the_others",
            "cells_outside_the_range_cost_nothing",
            "a_forged_count_of_strings_reserves_nothing",
            "a_part_beyond_the_limit_is_not_unpacked",
        ],
    ),
    (
        "reading 4: cached doubles",
        &[
            "prices_are_the_decimals_that_excel_shows",
            "a_bad_price_is_absent_and_reported_and_the_row_goes_on",
        ],
    ),
    (
        "reading 5: sheets go on below and beside the table",
        &[
            "the_named_table_tbl_live_data_holds_the_rows_that_are_read_and_no_others",
            "a_range_that_covers_the_blocks_below_reads_the_same",
            "october_with_a_blank_row_and_most_rows_not_loaded",
            "just_inside_each_limit_is_an_entry",
        ],
    ),
    (
        "reading 6: a save in progress",
        &[
            "a_save_in_progress_is_waited_for_and_bounded",
            "a_file_cut_anywhere_is_a_save_in_progress",
            "excels_owner_file_beside_the_workbook_is_not_read",
            "a_save_is_seen_by_stat_interval_where_the_folder_sends_no_events",
        ],
    ),
    (
        "reading 7: saves that stop, and a feed that stands still",
        &["a_stale_workbook_stands_among_the_alarms_and_is_no_degradation", "a_frozen_feed_does_not_trade"],
    ),
    (
        "redis 1: a read timeout for each reply",
        &[
            "a_stalled_server_holds_an_edition_back_for_the_bound_only",
            "a_server_whose_machine_answers_no_packet_holds_an_edition_back_for_the_bound_only",
            "a_server_that_drips_its_answer_is_given_up_at_the_bound",
        ],
    ),
    (
        "redis 2: half a cycle, and messages of a hash that was refused",
        &[
            "a_thousand_saves_end_on_the_last_and_no_reader_sees_two_of_them_mixed",
            "a_key_of_another_kind_stops_hash_and_messages",
            "a_server_out_of_memory_stops_hash_and_messages",
        ],
    ),
    (
        "redis 3: a write that timed out and happened, and a symbol that left",
        &[
            "an_edition_whose_answer_was_lost_is_sent_again_under_higher_numbers",
            "a_symbol_that_leaves_the_sheet_is_announced_and_its_field_removed",
        ],
    ),
    (
        "redis 4: signs of life, and a server that is away",
        &[
            "lock_and_heartbeat_have_their_terms",
            "quotes_that_turn_stale_and_a_feed_that_stands_still_are_said",
            "a_server_that_is_away_is_tried_after_50_ms_and_then_half_as_often_each_time_up_to_a_second",
        ],
    ),
    (
        "redis 5: passwords",
        &[
            "passwords_open_the_server_and_are_never_shown",
            "a_bus_that_is_down_is_an_error_without_its_password",
        ],
    ),
    (
        "redis 6: what users expect of a bus",
        &[
            "the_hash_holds_the_json_of_the_contract_byte_for_byte",
            "the_stream_gets_an_entry_a_quote_and_is_bounded",
            "a_bad_price_is_absent_and_reported_and_the_row_goes_on",
            "run_says_each_trouble_once_and_publishes_the_latest_state_when_it_is_over",
            "an_absent_server_fails_at_once_and_again_at_once_while_waiting",
        ],
    ),
];

#[test]
fn every_trap_has_the_tests_that_are_named_for_it() {
    let sources: String = ["src", "tests"].map(sources).concat();
    let is_test = |name: &str| {
        // `#[test]` is above the function, maybe with other attributes between: where a test makes no sense is said there.
        let above = sources.split_once(&format!("fn {name}()")).map(|(above, _)| above);
        let attributes = |above: &str| {
            above
                .lines()
                .rev()
                .map(str::trim)
                .skip_while(|line| line.is_empty())
                .take_while(|line| line.starts_with("#["))
                .any(|line| line == "#[test]")
        };
        above.is_some_and(attributes)
    };
    let named = TRAPS.iter().flat_map(|(trap, tests)| tests.iter().map(move |test| (trap, test)));
    let missing: Vec<_> = named.filter(|(_, test)| !is_test(test)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
