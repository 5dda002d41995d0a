using System.Collections.Frozen;
using System.Text.Json.Serialization.Metadata;

namespace TreasureHunt.Contracts.Facts;

/// <summary>The facts there are, by stored name and by type: read off the one list on <see cref="HuntFact"/>.</summary>
public static class FactTypes
{
    public static IReadOnlyList<FactType> All { get; } =
    [
        .. Wire.Default.HuntFact.PolymorphismOptions!.DerivedTypes.Select(derived => new FactType(
            (string)derived.TypeDiscriminator!, derived.DerivedType,
            Wire.Default.GetTypeInfo(derived.DerivedType) ?? throw new InvalidOperationException($"{derived.DerivedType.Name} is missing in {nameof(Wire)}."))),
    ];

    private static readonly FrozenDictionary<string, FactType> ByName = All.ToFrozenDictionary(type => type.Name);
    private static readonly FrozenDictionary<Type, FactType> ByType = All.ToFrozenDictionary(type => type.Type);

    /// <returns>null: this build does not know such a fact</returns>
    public static FactType? Find(string storedName) => ByName.GetValueOrDefault(storedName);

    public static FactType Of(HuntFact fact) => ByType[fact.GetType()];
}

/// <param name="Name">in the store and on the wire; never changes</param>
/// <param name="Json">how it is stored: without its name, which has a column of its own</param>
public sealed record FactType(string Name, Type Type, JsonTypeInfo Json);
