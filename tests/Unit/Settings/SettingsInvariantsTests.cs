using CsCheck;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsInvariantsTests
{
    private static readonly FleetFacts Fleet = new(
        [new("ingress", "ingress-1"), new("processors", "processor-1"), new("processors", "processor-2", "canary")], Lanes: 8, DatabaseConnections: 90);

    [Fact]
    public void The_defaults_fit_every_fleet()
    {
        Assert.Empty(SettingsInvariants.Broken(SettingsSchema.DefaultValues, Fleet));
        Assert.Empty(SettingsInvariants.Broken(SettingsSchema.DefaultValues, SmallFleet));
    }

    [Theory]
    [InlineData("lane.concurrency@instance:processor-2", 17, "lane.concurrency@instance:processor-2", "16", "16 database connections")]
    [InlineData("lane.window", 17, "lane.window", "16", "lane.prefetch = 16")]
    [InlineData("lane.window@group:canary", 17, "lane.window@group:canary", "16", "lane.prefetch = 16")]
    [InlineData("lane.prefetch", 15, "lane.window", "15", "lane.prefetch = 15")]
    [InlineData("store.firstDelay", 1_001, "store.firstDelay", "1000", "store.maxDelay = 1000 ms")]
    [InlineData("config.maxDelay@service:ingress", 99, "config.firstDelay", "99", "config.maxDelay = 99 ms")]
    [InlineData("broker.attempts", 10, "broker.maxDelay", "555", "the 9 waits of broker.attempts = 10 may be 5000 ms together")]
    [InlineData("broker.maxDelay", 2_501, "broker.maxDelay", "2500", "may be 5000 ms together")]
    [InlineData("ingress.rateBurst", 50_001, "ingress.rateBurst", "50000", "ingress.laneDepth = 50000")]
    [InlineData("ingress.laneDepth@service:ingress", 100, "ingress.rateBurst", "100", "ingress.laneDepth = 100")]
    public void A_value_that_does_not_fit_the_others_is_refused_with_the_numbers_and_the_nearest_that_does(
        string key, int value, string named, string nearest, string because)
    {
        var error = Assert.Single(Refused(SettingsState.Initial, Fleet, (key, value)).Errors);
        Assert.Equal((named, nearest), (error.Key, error.Nearest));
        Assert.Contains(because, error.Message);
    }

    [Fact]
    public void What_one_change_brings_into_line_together_is_taken() =>
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, Fleet, ("lane.window", 128), ("lane.prefetch", 128)));

    [Fact]
    public void The_nearest_value_of_a_refusal_is_accepted()
    {
        foreach (var (key, value) in new[] { ("lane.concurrency", 64), ("lane.window", 256), ("ingress.rateBurst", 1_000_000) })
        {
            var error = Assert.Single(Refused(SettingsState.Initial, Fleet, (key, value)).Errors);
            Assert.IsNotType<SettingsDecision.Refused>(Ask(SettingsState.Initial, Fleet, (key, int.Parse(error.Nearest!))));
        }
    }

    [Fact]
    public void Nearest_values_that_break_other_rules_bring_those_with_them()
    {
        var state = SettingsState.Initial with { Values = SettingsSchema.DefaultValues.With("fleet", "broker.firstDelay", SettingValue.Of(1_000)) };
        var errors = Refused(state, Fleet, ("broker.attempts", 10)).Errors;
        Assert.Equal([("broker.maxDelay", "555"), ("broker.firstDelay", "555")], errors.Select(error => (error.Key, error.Nearest)));
        Assert.IsType<SettingsDecision.Changed>(Ask(state, Fleet, ("broker.attempts", 10), ("broker.maxDelay", 555), ("broker.firstDelay", 555)));
    }

    [Fact]
    public void What_was_broken_before_is_not_told_with_the_refusal_of_something_else()
    {
        var state = SettingsState.Initial with { Values = SettingsSchema.DefaultValues.With("fleet", "lane.window", SettingValue.Of(200)) };
        Assert.Equal("ingress.rateBurst", Assert.Single(Refused(state, Fleet, ("ingress.rateBurst", 50_001)).Errors).Key);
    }

    [Fact]
    public void The_nearest_values_of_any_refusal_are_taken()
    {
        var numbers = SettingsSchema.All.Where(setting => setting is WholeNumberSetting or MillisecondsSetting).Select(setting => setting.Key).ToArray();
        var one = Gen.Select(OneOf(numbers), OneOf("", "@service:processors", "@instance:processor-2"), Gen.Int[0, 30_000]);
        var (refused, fleet) = (0, Fleet with { MemoryMiB = new Dictionary<string, long> { ["processor-2"] = 512 } });
        Gen.Select(one, one, one).Sample((a, b, c) =>
        {
            var changes = new Dictionary<string, SettingValue?>();
            foreach (var (key, scope, value) in new[] { a, b, c }) changes[key + scope] = SettingValue.Of(value);
            for (var tries = 0; tries < 3; tries++) // a value out of its range first, then rules between them
            {
                if (SettingsDecider.Decide(SettingsState.Initial, new ChangeSettings(changes, "test"), fleet, null, "ops-anna", Noon) is not SettingsDecision.Refused { Errors: var errors }) return true;
                refused++;
                foreach (var error in errors) changes[error.Key] = new SettingValue(error.Nearest!);
            }
            return false;
        }, iter: 2_000, threads: 1);
        Assert.True(refused > 200, $"Only {refused} were refused.");
    }

    [Fact]
    public void All_processors_together_must_leave_the_database_connections_for_everything_else()
    {
        // 90 connections, 20 for each of 3 processes: 30 are left for 2 processors.
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, Fleet, ("lane.concurrency", 15)));
        var error = Assert.Single(Refused(SettingsState.Initial, Fleet, ("lane.concurrency", 16)).Errors);
        Assert.Equal("15", error.Nearest);
        Assert.Contains("2 processors have 32 commits under way at once, but of PostgreSQL's 90 connections only 30 are left", error.Message);
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, Fleet, ("lane.concurrency", 14), ("lane.concurrency@instance:processor-2", 16)));
        // The highest of those that together are too many is named, with a value that passes beside the others.
        error = Assert.Single(Refused(SettingsState.Initial, Fleet, ("lane.concurrency", 15), ("lane.concurrency@instance:processor-2", 16)).Errors);
        Assert.Equal(("lane.concurrency@instance:processor-2", "15"), (error.Key, error.Nearest));
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, Fleet, ("lane.concurrency", 15), ("lane.concurrency@instance:processor-2", 15)));
    }

    [Fact]
    public void Where_no_connection_is_left_every_processor_still_commits_and_the_nearest_value_passes()
    {
        var large = Fleet with { Instances = [.. Enumerable.Range(1, 50).Select(n => new SettingsSubject("processors", $"processor-{n}"))], DatabaseConnections = 300 };
        Assert.Equal("1", Assert.Single(SettingsInvariants.Broken(SettingsSchema.DefaultValues, large)).Nearest); // 50 × 2
        Assert.Equal("1", Assert.Single(Refused(SettingsState.Initial, large, ("lane.concurrency", 3)).Errors).Nearest);
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, large, ("lane.concurrency", 1)));
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, large, ("lane.pace", 1)));
    }

    [Fact]
    public void Where_no_single_value_is_enough_to_lower_none_is_named_as_the_nearest()
    {
        var state = SettingsState.Initial with
        {
            Values = SettingsSchema.DefaultValues.With("instance:processor-1", "lane.concurrency", SettingValue.Of(16)).With("instance:processor-2", "lane.concurrency", SettingValue.Of(16)),
        };
        var error = Assert.Single(SettingsInvariants.Broken(state.Values, Fleet with { DatabaseConnections = 70 })); // 10 are left
        Assert.Null(error.Nearest);
    }

    [Fact]
    public void Memory_for_waiting_envelopes_is_counted_over_all_lanes()
    {
        var many = Fleet with { Lanes = 64 }; // 64 lanes × 64 envelopes × 256 actions × 1 KiB = 1 GiB
        Assert.Empty(SettingsInvariants.Broken(SettingsSchema.DefaultValues, many));
        Assert.Equal("64", Assert.Single(Refused(SettingsState.Initial, many, ("lane.prefetch", 65)).Errors).Nearest);
    }

    [Fact]
    public void The_processor_with_the_least_memory_says_how_much_may_wait_in_it()
    {
        var small = Fleet with { MemoryMiB = new Dictionary<string, long> { ["ingress-1"] = 64, ["processor-1"] = 65_536, ["processor-2"] = 512 } };
        var error = Assert.Single(Refused(SettingsState.Initial, small, ("lane.prefetch", 33)).Errors); // 8 lanes × 32 × 256 KiB = 64 MiB, an eighth
        Assert.Equal("32", error.Nearest);
        Assert.Contains("1/8 of a processor's 512 MiB", error.Message);
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, small, ("lane.prefetch", 32)));
        // The one with more may have more: only the narrow scope is bound by the small one.
        Assert.IsType<SettingsDecision.Changed>(Ask(SettingsState.Initial, small, ("lane.prefetch@instance:processor-1", 256)));
    }

    [Theory]
    [InlineData("ingress.inFlight", 4_096, 2048, "2049 requests × 262144 bytes at most")] // 1/8 of 4 GiB
    [InlineData("ingress.feedConnections", 4_096, 17_476, "17477 feeds × 30720 bytes")]
    [InlineData("ingress.inFlight", 64, 1_000, "1001 requests × 262144 bytes at most")] // the default is never too much
    [InlineData("ingress.feedConnections", 64, 5_000, "5001 feeds × 30720 bytes")]
    public void An_ingress_holds_as_many_requests_and_feeds_as_its_memory_lets_it(string key, int memory, int most, string sum)
    {
        var small = Fleet with { MemoryMiB = new Dictionary<string, long> { ["ingress-1"] = memory, ["processor-1"] = 512 } };
        Assert.IsNotType<SettingsDecision.Refused>(Ask(SettingsState.Initial, small, (key, most)));
        var error = Assert.Single(Refused(SettingsState.Initial, small, (key, most + 1)).Errors);
        Assert.Equal($"{most}", error.Nearest);
        Assert.Contains($"{sum} are more than 1/8 of an ingress's {memory} MiB", error.Message);
    }

    [Theory]
    [InlineData("processor-1", "processor-2")]
    [InlineData("processor-2", "processor-1")]
    public void Of_several_processes_that_break_a_rule_the_strictest_names_the_value(string wide, string narrow)
    {
        var values = SettingsSchema.DefaultValues.With("fleet", "lane.window", SettingValue.Of(200))
            .With($"instance:{wide}", "lane.prefetch", SettingValue.Of(100)).With($"instance:{narrow}", "lane.prefetch", SettingValue.Of(50));
        Assert.Equal("50", Assert.Single(SettingsInvariants.Broken(values, Fleet)).Nearest);
    }

    [Fact]
    public void What_was_broken_before_does_not_keep_anybody_from_another_knob()
    {
        var state = SettingsState.Initial with { Values = SettingsSchema.DefaultValues.With("fleet", "lane.window", SettingValue.Of(200)) };
        Assert.IsType<SettingsDecision.Changed>(Ask(state, Fleet, ("lane.pace", 1)));
        Assert.IsType<SettingsDecision.Changed>(Ask(state, Fleet, ("lane.window", 16)));
        Refused(state, Fleet, ("lane.window", 201));
    }

    private static SettingsDecision.Refused Refused(SettingsState state, FleetFacts fleet, params (string Key, int Value)[] changes) =>
        Assert.IsType<SettingsDecision.Refused>(Ask(state, fleet, changes));

    private static SettingsDecision Ask(SettingsState state, FleetFacts fleet, params (string Key, int Value)[] changes) => SettingsDecider.Decide(
        state, new ChangeSettings(changes.ToDictionary(change => change.Key, change => (SettingValue?)SettingValue.Of(change.Value)), "test"), fleet, null, "ops-anna", Noon);
}
