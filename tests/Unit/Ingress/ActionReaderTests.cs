using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Tests.Unit.Ingress;

public class ActionReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 18, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = Guid.CreateVersion7(Now);

    private static readonly Caller Player = Of(Role.Player);
    private static readonly Caller Service = Of(Role.Service);
    private static readonly Caller Organiser = Of(Role.Organiser);
    private static readonly Caller Everybody = Of(Role.Player, Role.Service, Role.Organiser);

    private static Caller Of(params string[] roles) => new("ada", "*", roles, Now.AddHours(1));

    private static (ReadActions? Actions, Problem? Problem) Read(string json, Caller? caller = null, Clock clock = Clock.Wall, Guid? header = null) =>
        ActionReader.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)), new ReadRules(caller ?? Player, clock, Now, header));

    private static string Submit(string more = "", Guid? id = null, string guess = "\"town hall\"") =>
        $$"""{"type":"SubmitAnswer","actionId":"{{id ?? Id}}","treasure":"clock","guess":{{guess}}{{more}}}""";

    [Fact]
    public void A_single_action_is_read_whatever_the_order_of_its_fields()
    {
        var (actions, problem) = Read($$"""{"guess":"town hall","treasure":"clock","actionId":"{{Id}}","type":"SubmitAnswer"}""");
        Assert.Null(problem);
        Assert.False(actions!.IsArray);
        Assert.Equal(new SubmitAnswer("clock", "town hall") { ActionId = Id }, Assert.Single(actions.Actions).Action);
    }

    [Fact]
    public void An_array_keeps_its_order_also_when_it_arrives_in_pieces()
    {
        var bytes = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Range(0, 256).Select(i => Submit(id: Guid.CreateVersion7(Now), guess: $"\"g{i}\"")))}]");
        var (actions, problem) = ActionReader.Read(Pieces(bytes, 7), new ReadRules(Player, Clock.Wall, Now, null));
        Assert.Null(problem);
        Assert.True(actions!.IsArray);
        Assert.Equal(Enumerable.Range(0, 256).Select(i => $"g{i}"), actions.Actions.Select(a => ((SubmitAnswer)a.Action).Guess));
    }

    [Fact]
    public void Every_shape_reads_what_the_contract_writes_and_has_exactly_its_members()
    {
        var samples = new HuntAction[]
        {
            new RegisterTeam("red", "The Reds", "c0de") { ActionId = Id },
            new JoinTeam("red", "c0de") { ActionId = Id },
            new SubmitAnswer("clock", "x") { ActionId = Id, OnBehalfOf = "red" },
            new TakeHint("clock", "h1") { ActionId = Id, OnBehalfOf = "red" },
            new OpenHunt { ActionId = Id }, new CloseHunt { ActionId = Id }, new PauseHunt { ActionId = Id }, new ResumeHunt { ActionId = Id },
            new FreezeBoard { ActionId = Id }, new ThawBoard { ActionId = Id },
        };
        foreach (var sample in samples)
        {
            var (actions, problem) = Read(JsonSerializer.Serialize(sample, Wire.Default.HuntAction), Everybody);
            Assert.Null(problem);
            Assert.Equal(sample, Assert.Single(actions!.Actions).Action);
        }

        var written = Wire.Default.HuntAction.PolymorphismOptions!.DerivedTypes.Select(derived => derived.DerivedType).Where(type => type != typeof(PublishHunt)).ToList();
        Assert.Equal(written.Select(type => type.Name).Order(), ActionShape.All.Select(shape => shape.Kind).Order());
        foreach (var type in written)
        {
            var members = Wire.Default.GetTypeInfo(type)!.Properties.Where(p => p.Get is not null).Select(p => p.Name).Where(name => name != "kind");
            var shape = ActionShape.Find(type.Name)!;
            Assert.Equal(members.Order(), shape.Fields.Except(["type", "occurredAt"]).Order());
        }
    }

    public static TheoryData<string, string, string, string> Refusals => new()
    {
        { "nothing", "", "", "well-formed" },
        { "not JSON", "{guess", "", "well-formed" },
        { "cut off", """{"type":"TakeHint","actionId":""", "", "well-formed" },
        { "something behind", Submit() + "x", "", "well-formed" },
        { "too deep", new string('[', 17) + new string(']', 17), "", "deeper than 16" },
        { "a string", "\"hello\"", "", "neither an object nor an array" },
        { "empty array", "[]", "", "empty" },
        { "not objects", "[1]", "[0]", "not an object" },
        { "257 actions", $"[{string.Join(',', Enumerable.Range(0, 257).Select(_ => Submit(id: Guid.CreateVersion7(Now))))}]", "", "257" },
        { "no type", $$"""{"actionId":"{{Id}}"}""", "type", "missing" },
        { "unknown type", $$"""{"type":"SubmitAnswr","actionId":"{{Id}}"}""", "type", "not an action" },
        { "type of the wrong type", $$"""{"type":7,"actionId":"{{Id}}"}""", "type", "a number" },
        { "a definition", $$"""{"type":"PublishHunt","actionId":"{{Id}}","definition":{} }""", "type", "not an action" },
        { "unknown field", Submit(""", "colour":"red" """), "colour", "no such field" },
        { "another action's field", Submit(""", "hint":"h1" """), "hint", "no such field" },
        { "given twice", Submit(""", "guess":"y" """), "guess", "twice" },
        { "missing field", $$"""{"type":"TakeHint","actionId":"{{Id}}","treasure":"clock"}""", "hint", "missing" },
        { "null field", Submit(guess: "null"), "guess", "missing" },
        { "number", Submit(guess: "7"), "guess", "a number" },
        { "object", Submit(guess: "{\"a\":1}"), "guess", "an object" },
        { "array", Submit(guess: "[]"), "guess", "an array" },
        { "no Unicode", Submit(guess: "\"\\ud800\""), "guess", "Unicode" },
        { "guess too long", Submit(guess: $"\"{new string('x', 501)}\""), "guess", "501" },
        { "no slug", $$"""{"type":"TakeHint","actionId":"{{Id}}","treasure":"The Clock","hint":"h1"}""", "treasure", "not an id" },
        { "slug too long", $$"""{"type":"TakeHint","actionId":"{{Id}}","treasure":"{{new string('x', 65)}}","hint":"h1"}""", "treasure", "not an id" },
        { "name too long", $$"""{"type":"RegisterTeam","actionId":"{{Id}}","team":"red","name":"{{new string('x', 101)}}"}""", "name", "101" },
        { "blank name", $$"""{"type":"RegisterTeam","actionId":"{{Id}}","team":"red","name":" "}""", "name", "blank" },
        { "name with a line break", $$"""{"type":"RegisterTeam","actionId":"{{Id}}","team":"red","name":"a\nb"}""", "name", "control" },
        { "empty code", $$"""{"type":"JoinTeam","actionId":"{{Id}}","team":"red","code":""}""", "code", "0 characters" },
        { "no id", """{"type":"TakeHint","treasure":"clock","hint":"h1"}""", "actionId", "missing" },
        { "not a UUID", """{"type":"TakeHint","actionId":"7","treasure":"clock","hint":"h1"}""", "actionId", "not a UUID" },
        { "UUID of version 4", Submit(id: new Guid("3b241101-e2bb-4255-8caf-4136c566a962")), "actionId", "version 7" },
        { "too far ahead", Submit(id: Guid.CreateVersion7(Now.AddMinutes(6))), "actionId", "5 minutes ahead" },
        { "same id twice", $"[{Submit()},{Submit(guess: "\"other\"")}]", "[1].actionId", "same id" },
        { "third of an array", $"[{Submit(id: Guid.CreateVersion7(Now))},{Submit(id: Guid.CreateVersion7(Now))},{Submit(guess: "7")}]", "[2].guess", "a number" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_does_not_fit_the_contract_is_named_with_its_field_and_a_fix(string what, string json, string field, string message)
    {
        Assert.NotEmpty(what);
        var (actions, problem) = Read(json);
        Assert.Null(actions);
        Assert.Equal(400, problem!.Status);
        var error = Assert.Single(problem.Errors!);
        Assert.Equal(field, error.Field);
        Assert.Contains(message, error.Message);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public void A_body_over_256_KiB_is_not_even_read()
    {
        var (_, problem) = Read(new string(' ', HuntAction.MaxRequestBytes + 1));
        Assert.Equal((413, ProblemTypes.BodyTooLarge), (problem!.Status, problem.Type));
    }

    [Fact]
    public void All_errors_are_told_at_once_up_to_twenty()
    {
        var (_, two) = Read($"[{Submit(guess: "7", id: Guid.CreateVersion7(Now))},{Submit(guess: "8")}]");
        Assert.Equal(["[0].guess", "[1].guess"], two!.Errors!.Select(e => e.Field));
        var (_, many) = Read($"[{string.Join(',', Enumerable.Repeat("1", 100))}]");
        Assert.Equal(20, many!.Errors!.Count);
        Assert.Contains("of 100", many.Detail);
    }

    [Fact]
    public void A_misspelt_field_or_type_gets_the_right_one_suggested()
    {
        Assert.Equal("Did you mean 'guess'?", Read(Submit(""", "gues":"x" """)).Problem!.Errors![0].Fix);
        Assert.Equal("Did you mean 'SubmitAnswer'?", Read("""{"type":"SubmitAnswr"}""").Problem!.Errors![0].Fix);
    }

    [Fact]
    public void The_header_may_give_a_single_action_its_id_but_may_not_contradict_it()
    {
        const string hint = """{"type":"TakeHint","treasure":"clock","hint":"h1"}""";
        Assert.Equal(Id, Read(hint, header: Id).Actions!.Actions[0].Action.ActionId);
        Assert.NotNull(Read(Submit(), header: Id).Actions);
        Assert.Equal("actionId", Read(Submit(), header: Guid.CreateVersion7(Now)).Problem!.Errors![0].Field);
        Assert.Equal("Idempotency-Key", Read($"[{Submit()}]", header: Id).Problem!.Errors![0].Field);
    }

    public static TheoryData<string, string, string> WrongSenders => new()
    {
        { "an organiser's action from a player", Role.Player, $$"""{"type":"OpenHunt","actionId":"{{Id}}"}""" },
        { "an organiser's action from a service", Role.Service, $$"""{"type":"FreezeBoard","actionId":"{{Id}}"}""" },
        { "a team's action from an organiser", Role.Organiser, Submit() },
        { "on behalf of another, from a player", Role.Player, Submit(""", "onBehalfOf":"red" """) },
        { "a past time from a player", Role.Player, Submit(""", "occurredAt":"2026-12-01T17:00:00Z" """) },
    };

    [Theory]
    [MemberData(nameof(WrongSenders))]
    public void What_another_role_may_send_is_forbidden_and_named(string what, string role, string json)
    {
        Assert.NotEmpty(what);
        var (_, problem) = Read(json, Of(role), Clock.Imported);
        Assert.Equal((403, ProblemTypes.RoleMissing), (problem!.Status, problem.Type));
        Assert.Single(problem.Errors!);
    }

    [Fact]
    public void A_service_names_its_team_and_may_give_a_time_to_an_imported_hunt_only()
    {
        var timed = Submit(""", "onBehalfOf":"red", "occurredAt":"2024-09-19T09:00:00.250+02:00" """);
        var read = Read(timed, Service, Clock.Imported).Actions!.Actions[0];
        Assert.Equal("red", ((SubmitAnswer)read.Action).OnBehalfOf);
        Assert.Equal(new DateTimeOffset(2024, 9, 19, 7, 0, 0, 250, TimeSpan.Zero), read.OccurredAt);

        Assert.Equal("occurredAt", Read(timed, Service, Clock.Wall).Problem!.Errors![0].Field);
        Assert.Equal("onBehalfOf", Read(Submit(), Service).Problem!.Errors![0].Field);
        Assert.Equal("occurredAt", Read(Submit(""", "onBehalfOf":"red", "occurredAt":"yesterday" """), Service, Clock.Imported).Problem!.Errors![0].Field);
        Assert.NotNull(Read($$"""{"type":"OpenHunt","actionId":"{{Id}}"}""", Organiser).Actions);
    }

    private static ReadOnlySequence<byte> Pieces(byte[] bytes, int size)
    {
        Piece? first = null, last = null;
        for (var at = 0; at < bytes.Length; at += size)
        {
            var next = new Piece(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), last);
            first ??= next;
            last = next;
        }
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
