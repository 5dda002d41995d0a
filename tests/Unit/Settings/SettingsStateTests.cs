using System.Text.Json;
using CsCheck;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsStateTests
{
    [Fact]
    public void However_messages_are_repeated_and_shuffled_only_the_next_version_is_ever_taken()
    {
        Gen.Select(Streams, Gen.Int).Sample((changes, seed) =>
        {
            var messages = Messages(changes);
            var random = new Random(seed);
            var state = SettingsState.Initial;
            var delivered = messages.Concat(messages).Concat(messages).OrderBy(_ => random.Next()).Concat(messages); // at last once in order
            foreach (var message in delivered)
            {
                var (step, next) = state.Follow(message);
                if (step == SettingsStep.Folded ? next.Version != state.Version + 1 : next != state) return false;
                state = next;
            }
            return state.Version == messages[^1].Version && state.Values.Hash == messages[^1].Hash;
        }, iter: 300);
    }

    [Fact]
    public void However_versions_travel_together_and_overlap_what_is_folded_is_what_was_stored()
    {
        Gen.Select(Streams, Gen.Int).Sample((changes, seed) =>
        {
            var messages = Messages(changes);
            var random = new Random(seed);
            var state = SettingsState.Initial;
            var delivered = Joined(messages, random).Concat(messages).Concat(Joined(messages, random)).OrderBy(_ => random.Next()).Concat(messages);
            foreach (var message in delivered.Select(message => JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(message, Wire.Default.SettingsMessage), Wire.Default.SettingsMessage)!))
            {
                var (step, next) = state.Follow(message);
                var expected = message.Version <= state.Version ? SettingsStep.Known : message.PreviousVersion > state.Version ? SettingsStep.Gap : SettingsStep.Folded;
                if (step != expected || (step == SettingsStep.Folded ? next.Version != message.Version || next.Values.Hash != messages[(int)next.Version].Hash : next != state)) return false;
                state = next;
            }
            return state.Version == messages[^1].Version;
        }, iter: 300);
    }

    [Fact]
    public void A_message_after_a_gap_changes_nothing()
    {
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.batchCap", 65))]);
        var (step, next) = SettingsState.Initial.Follow(messages[2]);
        Assert.Equal(SettingsStep.Gap, step);
        Assert.Same(SettingsState.Initial, next);
    }

    [Fact]
    public void A_message_that_does_not_agree_with_itself_changes_nothing()
    {
        var good = Messages([Change(("lane.batchCap", 64))])[1];
        SettingsMessage[] broken =
        [
            good with { Hash = "00" }, good with { Values = SettingsSchema.DefaultValues }, good with { Version = 2 },
            good with { PreviousVersion = 5 }, good with { Change = null }, good with { Change = good.Change! with { Version = 9 } },
        ];
        Assert.All(broken, message => Assert.Equal((SettingsStep.Broken, SettingsState.Initial), SettingsState.Initial.Follow(message)));
    }

    [Fact]
    public void When_the_sender_has_other_values_than_the_fold_gives_the_senders_are_taken()
    {
        var values = SettingsSchema.DefaultValues.With(SettingsScope.Fleet, "lane.fromTheFuture", SettingValue.Of(3)).With(SettingsScope.Fleet, "lane.batchCap", SettingValue.Of(64));
        var change = Change(("lane.batchCap", 64)) with { Version = 1 };
        var (step, next) = SettingsState.Initial.Follow(new SettingsMessage(1, 0, values, values.Hash, change));
        Assert.Equal(SettingsStep.Rebased, step);
        Assert.Equal(values, next.Values);
    }

    [Fact]
    public void A_value_set_to_nothing_is_the_default_again()
    {
        var state = SettingsState.Evolve(SettingsState.Initial, Change(("lane.batchCap", 64)) with { Version = 1 });
        state = SettingsState.Evolve(state, Change(("lane.batchCap", null)) with { Version = 2 });
        Assert.Equal(SettingsSchema.DefaultValues, state.Values);
    }

    [Fact]
    public void Folding_past_a_gap_is_impossible() =>
        Assert.Throws<ArgumentException>(() => SettingsState.Evolve(SettingsState.Initial, Change(("lane.batchCap", 64)) with { Version = 2 }));

    [Fact]
    public void Equal_values_have_equal_hashes_whatever_the_order_they_were_set_in_and_others_do_not()
    {
        Gen.Select(Values, Values, Gen.Int).Sample((a, b, seed) =>
        {
            var random = new Random(seed);
            var shuffled = a.All().OrderBy(_ => random.Next()).Aggregate(SettingsValues.None, (values, entry) => values.With(entry.Scope, entry.Key, entry.Value));
            return shuffled.Hash == a.Hash && shuffled.Equals(a) && (a.Hash == b.Hash) == a.Equals(b);
        }, iter: 2000);
    }

    [Fact]
    public void The_hash_is_the_same_on_every_machine_and_in_every_release() =>
        Assert.Equal("fe3921a6dc44c5df1a2e800474c3ac51", SettingsValues.None.With("fleet", "lane.batchCap", SettingValue.Of(64)).With("fleet", "lane.paused", SettingValue.Of(true)).Hash);

    [Fact]
    public void Values_survive_json_and_read_as_people_expect()
    {
        var values = SettingsValues.None
            .With("fleet", "b", SettingValue.Of(64)).With("fleet", "a", SettingValue.Of(true)).With("group:x", "c", SettingValue.Of("007"));
        var json = JsonSerializer.Serialize(values, Wire.Default.Options);
        Assert.Equal("""{"fleet":{"a":true,"b":64},"group:x":{"c":"007"}}""", json);
        Values.Sample(any =>
            JsonSerializer.Deserialize<SettingsValues>(JsonSerializer.Serialize(any, Wire.Default.Options), Wire.Default.Options)!.Hash == any.Hash, iter: 1000);
    }

    [Fact]
    public void The_stored_event_reads_as_it_was_written_first()
    {
        const string golden = """
            {"version":7,"at":"2026-11-22T10:00:00+00:00","who":"ops-anna","why":"queue grows","items":[{"scope":"fleet","key":"lane.batchCap","value":64,"previous":1024},{"scope":"fleet","key":"lane.pace","previous":3}],"cause":"rollback:3"}
            """;
        var change = JsonSerializer.Deserialize(golden, Wire.Default.SettingsChange)!;
        Assert.Equal((7, "ops-anna", "queue grows", "rollback:3"), (change.Version, change.Who, change.Why, change.Cause));
        Assert.Equal(
            [new SettingItem("fleet", "lane.batchCap", SettingValue.Of(64), SettingValue.Of(1024)), new SettingItem("fleet", "lane.pace", null, SettingValue.Of(3))],
            change.Items);
        Assert.Equal(golden.Trim(), JsonSerializer.Serialize(change, Wire.Default.SettingsChange));
    }
}
