using System.Security.Cryptography;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Ceilings;

/// <summary>The code that every action passes between the ingress's lane writer and the store, without bus and store.</summary>
public class CodeSteps
{
    /// <summary>Not on every action's way, so not in the sum of the steps.</summary>
    public const string Beside = "beside them: a stage's time recorded, as each envelope's are (no collector of metrics listens)";

    private const int Hunts = 100, Actions = 20_000, PerEnvelope = 100, Seed = 20261122;

    private readonly Seal _seal = new("bench", RandomNumberGenerator.GetBytes(32));
    private readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow();
    private readonly StageTimes _stages = new(TimeProvider.System);
    private AcceptedAction[] _actions = [];
    private OpenedGuess[] _guesses = [];
    private HuntFact[] _facts = [];
    private Envelope _envelope = null!;
    private byte[] _json = [];
    private Dictionary<string, CachedHunt> _hunts = [];

    [GlobalSetup]
    public void Setup()
    {
        _actions = new ActionSource(Hunts, Seed, _start, _seal).Take(Actions);
        _guesses = [.. _actions.Select(action => OpenedGuess.Open((SubmitAnswer)action.Action, action.Hunt, _seal))];
        _envelope = new Envelope(0, 1, "bench", _actions[..PerEnvelope], "outcomes.bench");
        _json = WriteEnvelope();
        FreshHunts();
        _facts = [.. _actions.Select((action, i) => Decide(action, _guesses[i]))];
    }

    [Benchmark(OperationsPerInvoke = PerEnvelope, Description = "write it into an envelope (ingress)")]
    public byte[] WriteEnvelope() => JsonSerializer.SerializeToUtf8Bytes(_envelope, Wire.Default.Envelope);

    [Benchmark(OperationsPerInvoke = PerEnvelope, Description = "read it from the envelope")]
    public Envelope ReadEnvelope() => JsonSerializer.Deserialize(_json, Wire.Default.Envelope)!;

    [Benchmark(OperationsPerInvoke = PerEnvelope, Description = "open, normalise and hash its guess")]
    public int OpenGuess()
    {
        var length = 0;
        for (var i = 0; i < PerEnvelope; i++) length += OpenedGuess.Open((SubmitAnswer)_actions[i].Action, _actions[i].Hunt, _seal).Mac.Length;
        return length;
    }

    [IterationSetup(Target = nameof(DecideAndFold))]
    public void FreshHunts()
    {
        _hunts = Enumerable.Range(0, Hunts).Select(number =>
        {
            var hunt = new Hunt(BenchHunts.Hunt(number));
            foreach (var (id, fact) in BenchHunts.Setup(number, BenchHunts.TeamsPerHunt, _seal, _start)) hunt.Evolve(hunt.Version + 1, fact, id);
            var cached = new CachedHunt(hunt, checkpointVersion: 0);
            cached.Compile(_seal);
            return cached;
        }).ToDictionary(cached => cached.Hunt.Slug, StringComparer.Ordinal);
    }

    [Benchmark(OperationsPerInvoke = Actions, Description = "look whether it was decided, decide, fold")]
    public void DecideAndFold()
    {
        for (var i = 0; i < Actions; i++) Decide(_actions[i], _guesses[i]);
    }

    [Benchmark(OperationsPerInvoke = Actions, Description = "write its fact for the store")]
    public int WriteFacts()
    {
        var length = 0;
        foreach (var fact in _facts) length += JsonSerializer.SerializeToUtf8Bytes(fact, FactTypes.Of(fact).Json).Length;
        return length;
    }

    [Benchmark(OperationsPerInvoke = Actions, Description = Beside)]
    public void RecordStage()
    {
        for (var i = 0; i < Actions; i++) _stages.Record(Stage.Decided, TimeSpan.FromMicroseconds(i));
    }

    /// <summary>As <see cref="BatchDecider"/> does for each action.</summary>
    private HuntFact Decide(AcceptedAction accepted, OpenedGuess guess)
    {
        var cached = _hunts[accepted.Hunt];
        var hunt = cached.Hunt;
        var id = ActionIds.EventId(accepted.Hunt, accepted.Actor, accepted.Action.ActionId);
        if (hunt.Recent.TryGet(id, out _)) throw new InvalidOperationException("The list repeats an action.");
        var now = HuntClock.Now(hunt, accepted);
        var fact = Decider.Decide(hunt, accepted, guess, cached.Rules, now) with
        {
            Stamp = new Stamp(now, accepted.Action.ActionId, accepted.Actor, accepted.Fingerprint, SettingsVersion: 0, DefinitionVersion: 1, "bench", "bench"),
        };
        hunt.Evolve(hunt.Version + 1, fact);
        return fact;
    }
}
