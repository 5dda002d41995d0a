using System.Reflection;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Processors.Hunts;

namespace TreasureHunt.Tests.Unit.Hunts;

/// <summary>The game sees System and Contracts and nothing else, so that it can be read, replayed and tested alone.</summary>
public class PurityTests
{
    private static readonly IReadOnlyList<Type> Types =
        [.. typeof(Hunt).Assembly.GetTypes().Where(type => type.Namespace == typeof(Hunt).Namespace)];

    [Fact]
    public void The_game_is_made_of_System_and_Contracts()
    {
        var strangers = Types.SelectMany(TypesIn).Distinct().Where(type => !IsPure(type)).Select(type => type.FullName).ToList();
        Assert.NotEmpty(Types);
        Assert.Empty(strangers);
    }

    [Fact]
    public void Deciding_and_folding_never_wait_for_anything() =>
        Assert.DoesNotContain(Types.SelectMany(type => type.GetMethods(All)), method =>
            typeof(Task).IsAssignableFrom(method.ReturnType) || method.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal));

    [Fact]
    public void The_test_would_see_a_stranger()
    {
        Assert.False(IsPure(typeof(Npgsql.NpgsqlConnection)));
        Assert.False(IsPure(typeof(List<Marten.IDocumentSession>)));
        Assert.False(IsPure(typeof(TimeProvider)));
        Assert.True(IsPure(typeof(Dictionary<string, HuntAction[]>)));
    }

    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Base, interfaces, fields, properties, parameters, results and the locals of every method body.</summary>
    private static IEnumerable<Type> TypesIn(Type type)
    {
        if (type.BaseType is { } parent) yield return parent;
        foreach (var contract in type.GetInterfaces()) yield return contract;
        foreach (var field in type.GetFields(All)) yield return field.FieldType;
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            if (method is MethodInfo { ReturnType: { } result }) yield return result;
            foreach (var parameter in method.GetParameters()) yield return parameter.ParameterType;
            if (method.GetMethodBody() is not { } body) continue;
            foreach (var local in body.LocalVariables) yield return local.LocalType;
            foreach (var called in CalledBy(method, body)) yield return called;
        }
    }

    /// <summary>The types whose members a method body calls, by its call, callvirt, newobj and ldftn instructions.</summary>
    private static IEnumerable<Type> CalledBy(MethodBase method, MethodBody body)
    {
        var il = body.GetILAsByteArray() ?? [];
        for (var i = 0; i + 4 < il.Length; i++)
        {
            if (il[i] is not (0x28 or 0x6F or 0x73)) continue;
            MethodBase? called = null;
            try
            {
                called = method.Module.ResolveMethod(BitConverter.ToInt32(il, i + 1),
                    method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException)
            {
                // These bytes were an operand, not an instruction.
            }
            if (called?.DeclaringType is { } owner) yield return owner;
        }
    }

    private static bool IsPure(Type type)
    {
        if (type.IsGenericParameter) return true;
        if (type.HasElementType) return IsPure(type.GetElementType()!);
        if (type.IsGenericType && !type.GetGenericArguments().All(IsPure)) return false;
        if (type == typeof(TimeProvider) || type == typeof(Random) || type.Namespace is "System.Threading" or "System.Net.Http") return false;
        return type.Assembly == typeof(HuntAction).Assembly
            || type.Namespace == typeof(Hunt).Namespace
            || (type.Namespace ?? "").StartsWith("System", StringComparison.Ordinal)
            || type.FullName?.StartsWith('<') == true; // what the compiler makes: closures, collection expressions
    }
}
