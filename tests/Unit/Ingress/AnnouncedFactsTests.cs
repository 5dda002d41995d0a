using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Unit.Ingress;

public class AnnouncedFactsTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 18, 0, 0, TimeSpan.Zero);
    private static readonly Stamp Stamp = new(Now, Guid.CreateVersion7(Now), "ada", "f", 1, 1, "ingress-1", "processor-1");

    [Fact]
    public void What_was_announced_is_read_and_written_again_byte_by_byte()
    {
        var facts = new VersionedFact[]
        {
            new(3, new TreasureFound("red", "clock", 1, 10, "mac", 50) { Stamp = Stamp }),
            new(4, new TeamRegistered("{\"}[ü", "ada") { Stamp = Stamp }),
        };
        var json = JsonSerializer.SerializeToUtf8Bytes(Announced(facts), Wire.Default.CommittedFacts);
        var heard = JsonSerializer.Deserialize(json, Wire.Default.CommittedFacts)!;
        Assert.Equal(facts, heard.Hunts[0].Facts.Read());
        Assert.Equal(json, JsonSerializer.SerializeToUtf8Bytes(heard, Wire.Default.CommittedFacts));
    }

    [Fact]
    public void A_publication_is_seen_without_reading_and_nothing_else_is()
    {
        var published = new HuntPublished(new HuntDefinition { Hunt = "old-town", Title = "Old town", Window = new Window(Now, Now.AddHours(1)), Treasures = [] }, 1) { Stamp = Stamp };
        Assert.True(Heard(new VersionedFact(1, published)).MayPublish());
        Assert.False(Heard(new VersionedFact(1, new HuntOpened { Stamp = Stamp })).MayPublish());
        Assert.False(Heard().MayPublish());
    }

    [Fact]
    public void Facts_nobody_reads_need_not_be_known()
    {
        var heard = JsonSerializer.Deserialize(
            """{"processor":"p","hunts":[{"hunt":"old-town","after":0,"upTo":1,"facts":[{"version":1,"fact":{"type":"of-next-year"}}]}]}""", Wire.Default.CommittedFacts)!;
        Assert.Equal(1, heard.Hunts[0].UpTo);
        Assert.Throws<JsonException>(() => heard.Hunts[0].Facts.Read());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("""{"version":1}""")]
    public void What_is_no_list_of_facts_is_refused_when_it_is_read(string facts)
    {
        var json = $$"""{"processor":"p","hunts":[{"hunt":"old-town","after":0,"upTo":1,"facts":{{facts}}}]}""";
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, Wire.Default.CommittedFacts)!.Hunts[0].Facts.Read());
    }

    private static CommittedFacts Announced(params VersionedFact[] facts) => new("processor-1", [new HuntFacts("old-town", 2, 4, new AnnouncedFacts(facts))]);

    private static AnnouncedFacts Heard(params VersionedFact[] facts) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(Announced(facts), Wire.Default.CommittedFacts), Wire.Default.CommittedFacts)!.Hunts[0].Facts;
}
