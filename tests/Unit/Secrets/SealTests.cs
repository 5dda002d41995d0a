using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Secrets;

namespace TreasureHunt.Tests.Unit.Secrets;

public class SealTests
{
    private static readonly Seal Seal = new("k1", new byte[32]);
    private static readonly Guid Id = new("01900000-0000-7000-8000-000000000001");

    [Fact]
    public void A_sealed_text_opens_to_what_it_was_and_never_looks_the_same_twice()
    {
        var (one, other) = (Seal.Close("Rathaus ß 🗼"), Seal.Close("Rathaus ß 🗼"));
        Assert.NotEqual(one, other);
        Assert.StartsWith("s1.k1.", one);
        Assert.Equal("Rathaus ß 🗼", Seal.Open(one));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("s1.k1.")]
    [InlineData("s1.k1.???")]
    [InlineData("s1.k2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("s1.k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_not_sealed_under_this_key_does_not_open(string text) => Assert.Throws<SealBrokenException>(() => Seal.Open(text));

    [Fact]
    public void A_guess_leaves_the_ingress_sealed()
    {
        var closed = (SubmitAnswer)ActionSeal.Close(new SubmitAnswer("clock", "Rathaus") { ActionId = Id, OnBehalfOf = "reds" }, "old-town", Seal);
        Assert.Equal("Rathaus", Seal.Open(closed.Guess));
        Assert.Equal((Id, "clock", "reds"), (closed.ActionId, closed.Treasure, closed.OnBehalfOf));
    }

    [Fact]
    public void A_join_code_leaves_it_as_a_hash_that_is_equal_for_who_registers_and_who_joins()
    {
        var register = (RegisterTeam)ActionSeal.Close(new RegisterTeam("reds", "The Reds", "sesame") { ActionId = Id }, "old-town", Seal);
        var join = (JoinTeam)ActionSeal.Close(new JoinTeam("reds", "sesame") { ActionId = Id }, "old-town", Seal);
        var elsewhere = (JoinTeam)ActionSeal.Close(new JoinTeam("reds", "sesame") { ActionId = Id }, "new-town", Seal);
        Assert.Equal(register.Code, join.Code);
        Assert.NotEqual(join.Code, elsewhere.Code);
        Assert.Equal(22, join.Code.Length);
        Assert.Null(((RegisterTeam)ActionSeal.Close(new RegisterTeam("reds", "The Reds") { ActionId = Id }, "old-town", Seal)).Code);
    }

    [Fact]
    public void Of_a_definition_the_answers_and_near_misses_are_sealed_and_nothing_else()
    {
        var plain = Hunts.Sample.Hunt(Hunts.Sample.Treasure("clock") with { NearMisses = [new NearMiss("church", "Close.")] });
        var publish = (PublishHunt)ActionSeal.Close(new PublishHunt(plain) { ActionId = Id }, "old-town", Seal);
        var json = JsonSerializer.Serialize(publish.Definition, Wire.Default.HuntDefinition);
        Assert.DoesNotContain("answer clock", json);
        Assert.DoesNotContain("church", json);
        Assert.Contains("Close.", json);
        Assert.Equal(
            JsonSerializer.Serialize(plain, Wire.Default.HuntDefinition),
            JsonSerializer.Serialize(DefinitionSeal.Open(publish.Definition, Seal), Wire.Default.HuntDefinition));
    }

    [Fact]
    public void A_fingerprint_depends_on_the_whole_body_and_on_nothing_else()
    {
        var submit = new SubmitAnswer("clock", "Rathaus") { ActionId = Id };
        var parsed = JsonSerializer.Deserialize(
            $$"""{ "guess": "Rath\u0061us", "actionId": "{{Id}}", "treasure": "clock", "type": "SubmitAnswer" }""", Wire.Default.HuntAction)!;
        Assert.Equal(ActionSeal.Fingerprint(submit, Seal), ActionSeal.Fingerprint(parsed, Seal));
        Assert.Equal(22, ActionSeal.Fingerprint(submit, Seal).Length);
        Assert.NotEqual(ActionSeal.Fingerprint(submit, Seal), ActionSeal.Fingerprint(submit with { Guess = "rathaus" }, Seal));
        Assert.NotEqual(ActionSeal.Fingerprint(submit, Seal), ActionSeal.Fingerprint(submit with { OnBehalfOf = "reds" }, Seal));
        Assert.NotEqual(ActionSeal.Fingerprint(submit, Seal), ActionSeal.Fingerprint(submit, new Seal("k1", Enumerable.Repeat((byte)1, 32).ToArray())));
    }
}
