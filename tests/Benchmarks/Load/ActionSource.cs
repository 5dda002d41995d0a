using System.Buffers.Binary;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>
/// The actions of a run: right, wrong and repeated answers, seeded, so that every arm of every pair gets the same ones in the same
/// order. Fingerprints and seals are made here, before the clock runs: what is measured begins where the ingress hands over.
/// One thread's own.
/// </summary>
/// <param name="mix">how the actions are spread over the hunts</param>
/// <param name="oneHunt">the same actions of the same players, all in <see cref="BenchHunts.SeedOneHuntAsync"/>'s hunt</param>
/// <param name="firstHunt">number of the first of the hunts</param>
/// <param name="firstPlace">place of the first action in a list that other sources have begun</param>
/// <param name="teams">of each hunt; all are drawn alike</param>
public sealed class ActionSource(
    int hunts, int seed, DateTimeOffset start, Seal seal, HuntMix mix = HuntMix.Zipf, bool oneHunt = false, int firstHunt = 0, int firstPlace = 0,
    int teams = BenchHunts.TeamsPerHunt)
{
    private const double RightShare = 0.15, RepeatedShare = 0.10;

    /// <summary>Ids rise with their place in the list, as if their clients had made them at this pace.</summary>
    private const int IdsPerMillisecond = 10;

    private readonly Random _random = new(seed);
    private readonly Func<Random, int> _draw = mix.Over(hunts);
    private readonly Dictionary<(int Hunt, int Team), PlayedTeam> _teams = [];
    private int _made = firstPlace;

    public AcceptedAction[] Take(int count)
    {
        var actions = new AcceptedAction[count];
        for (var i = 0; i < count; i++) actions[i] = Next();
        return actions;
    }

    /// <summary>Place in the list an action id was made for.</summary>
    public static int PlaceOf(Guid actionId)
    {
        Span<byte> bytes = stackalloc byte[16];
        actionId.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadInt32BigEndian(bytes[12..]);
    }

    private AcceptedAction Next()
    {
        var (hunt, team) = (firstHunt + _draw(_random), _random.Next(teams));
        if (!_teams.TryGetValue((hunt, team), out var played)) _teams[(hunt, team)] = played = new PlayedTeam();
        var treasure = played.Choose(_random);
        var playedIn = oneHunt ? hunts : hunt;
        var roll = _random.NextDouble();
        var guess = roll < RightShare ? played.Right(playedIn, treasure)
            : roll < RightShare + RepeatedShare ? played.Repeat(treasure, _random) ?? played.Wrong(treasure, _made)
            : played.Wrong(treasure, _made);

        var plain = new SubmitAnswer(BenchHunts.Treasure(treasure), guess) { ActionId = Id(_made++) };
        var slug = BenchHunts.Hunt(playedIn);
        return new AcceptedAction(
            slug, BenchHunts.Player(hunt, team), ActionSeal.Fingerprint(plain, seal), start, ActionSeal.Close(plain, slug, seal));
    }

    /// <summary>A UUIDv7 with the place in its last bytes: the order in the store can be read off the ids.</summary>
    private Guid Id(int place)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(start.AddMilliseconds(place / IdsPerMillisecond)).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6] = 0x70;
        bytes[7] = 0;
        bytes[8] = 0x80;
        bytes[9..12].Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes[12..], place);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>What a team has tried so far, so that a right answer is right and a repeated one is repeated.</summary>
    private sealed class PlayedTeam
    {
        private readonly List<int> _open = [.. Enumerable.Range(0, BenchHunts.TreasuresPerHunt)];
        private readonly Dictionary<int, List<string>> _wrong = [];

        /// <summary>One that is not found yet; once all are, any: it will be refused.</summary>
        public int Choose(Random random) => _open.Count > 0 ? _open[random.Next(_open.Count)] : random.Next(BenchHunts.TreasuresPerHunt);

        public string Right(int hunt, int treasure)
        {
            _open.Remove(treasure);
            return BenchHunts.Answer(hunt, treasure);
        }

        public string Wrong(int treasure, int place)
        {
            var guess = $"Versuch Nr. {place}, vielleicht?";
            if (!_wrong.TryGetValue(treasure, out var tried)) _wrong[treasure] = tried = [];
            tried.Add(guess);
            if (tried.Count == BenchHunts.MaxAttempts) _open.Remove(treasure);
            return guess;
        }

        public string? Repeat(int treasure, Random random) =>
            _wrong.TryGetValue(treasure, out var tried) ? tried[random.Next(tried.Count)] : null;
    }
}
