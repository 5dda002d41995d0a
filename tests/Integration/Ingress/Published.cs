using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>Facts put into the store by hand, for tests of the ingress alone.</summary>
internal static class Published
{
    public static HuntDefinition Definition(string hunt, Clock clock = Clock.Wall) => new()
    {
        Hunt = hunt,
        Title = "Secrets of the Old Town",
        Clock = clock,
        Window = new Window(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)),
        Treasures =
        [
            new Treasure
            {
                Id = "clock", Title = "The one-handed clock", Clue = "I show the hour, never the minute.",
                Answer = new AnswerRule(["town hall"]), Value = new ValueRule { Fixed = 100 },
            },
        ],
    };

    public static async Task HuntAsync(HuntOptions options, string hunt, Clock clock = Clock.Wall)
    {
        await HuntStore.MigrateAsync(options, default);
        await FactAsync(options, hunt, 1, Guid.CreateVersion7(), new HuntPublished(Definition(hunt, clock), 1) { Stamp = Stamp(Guid.CreateVersion7(), "org") });
    }

    public static Stamp Stamp(Guid actionId, string actor, string fingerprint = "f") =>
        new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), actionId, actor, fingerprint, 1, 1, "ingress", "test");

    public static async Task FactAsync(HuntOptions options, string hunt, long version, Guid eventId, HuntFact fact)
    {
        await using var data = options.DataSource("test", maxPool: 2, idleInTransaction: null);
        var writes = new BatchWrites();
        writes.Hunts.Add(new HuntWrites(hunt, version - 1, [(eventId, fact)]));
        await new HuntLog(data).CommitAsync(writes, default);
    }
}
