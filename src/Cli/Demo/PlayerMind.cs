using System.Text;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// What a simulated player does next. Seeded: the same seed and the same answers of the engine give the same play. One
/// player's own; not thread-safe (the team's notes are).
/// </summary>
internal sealed class PlayerMind(int seed, HuntDefinition hunt, TeamNotes notes)
{
    private static readonly string[] Noise =
    [
        "pastel de nata", "Vasco da Gama", "fado", "sardinha", "Belém", "Tejo", "Cristo Rei", "Magellan", "1755", "7 hills", "bacalhau",
        "the river", "Camões", "I give up", "a cat", "Infante Dom Henrique", "no idea", "40 m", "yellow", "Baixa",
    ];

    private readonly Random _random = new(seed);
    private readonly double _skill = 0.3 + 0.25 * new Random(~seed).NextDouble();

    /// <summary>Seconds a player wanders before the next action.</summary>
    public TimeSpan Think(Mood mood) => mood switch
    {
        Mood.Rumour => TimeSpan.FromSeconds(0.05 + 0.25 * _random.NextDouble()),
        _ => TimeSpan.FromSeconds(1.5 + 4.5 * _random.NextDouble()),
    };

    /// <summary>Does the reply get lost on the way, so that the player sends the same action again?</summary>
    public bool LosesReply() => _random.NextDouble() < 0.05;

    /// <summary>Is the button pressed twice?</summary>
    public bool PressesTwice() => _random.NextDouble() < 0.03;

    public TimeSpan LossAfter() => TimeSpan.FromMilliseconds(20 * _random.NextDouble());

    /// <summary>Null: nothing to do just now.</summary>
    public HuntAction? Next(Mood mood, DateTimeOffset now)
    {
        if (mood == Mood.Rumour) return Guess(hunt.Treasures[^1], notes.WrongGuess(hunt.Treasures[^1].Id, _random) ?? Pick(Noise), now);

        var open = notes.Open(now);
        if (open.Count == 0 || _random.NextDouble() < 0.04)
            return _random.NextDouble() < 0.3 ? Guess(Pick(hunt.Treasures), Pick(Noise), now) : null;
        var treasure = Pick(open);
        var roll = _random.NextDouble();
        if (roll < 0.08 && notes.NextHint(treasure) is { } hint)
            return new TakeHint(treasure.Id, hint.Id) { ActionId = Guid.CreateVersion7(now) };
        if (roll < 0.20 && treasure.NearMisses.Count > 0) return Guess(treasure, InOwnSpelling(Pick(treasure.NearMisses).Word), now);
        if (roll < 0.30 && notes.WrongGuess(treasure.Id, _random) is { } again) return Guess(treasure, InOwnSpelling(again), now);
        if (roll < 0.30 + 0.7 * _skill) return Guess(treasure, InOwnSpelling(Pick(treasure.Answer.Text)), now);
        return Guess(treasure, _random.Next(2) == 0 ? Pick(Noise) : Pick(Pick(hunt.Treasures).Answer.Text), now);
    }

    private static SubmitAnswer Guess(Treasure treasure, string guess, DateTimeOffset now) =>
        new(treasure.Id, guess) { ActionId = Guid.CreateVersion7(now) };

    /// <summary>Capitals, accents and punctuation as people type them on a phone; the engine looks through all of it.</summary>
    private string InOwnSpelling(string text)
    {
        if (_random.Next(3) == 0) text = WithoutAccents(text);
        return _random.Next(5) switch
        {
            0 => text.ToUpperInvariant(),
            1 => text.ToLowerInvariant(),
            2 => text + "!",
            3 => $" {text.Replace(" ", "  ")} ",
            _ => text,
        };
    }

    private static string WithoutAccents(string text)
    {
        const string with = "áàâãéêíóôõúçÁÀÂÃÉÊÍÓÔÕÚÇ", without = "aaaaeeiooouc" + "AAAAEEIOOOUC";
        var plain = new StringBuilder(text);
        for (var i = 0; i < with.Length; i++) plain.Replace(with[i], without[i]);
        return plain.ToString();
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}

internal enum Mood
{
    /// <summary>People walk, look, think, type.</summary>
    Stroll,
    /// <summary>Somebody says the last map has been found: everybody types at once.</summary>
    Rumour,
}
