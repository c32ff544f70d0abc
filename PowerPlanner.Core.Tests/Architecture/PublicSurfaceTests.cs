using System.Reflection;
using PowerPlanner.Performance;
using PowerPlanner.Testing.InMemory;

namespace PowerPlanner.Tests.Architecture;

/// <summary>Conventions that every public type keeps.</summary>
internal sealed class PublicSurfaceTests
{
    private static readonly Type[] PublicTypes = [.. typeof(IPerformanceModel).Assembly.GetExportedTypes(), .. typeof(InMemoryFleet).Assembly.GetExportedTypes()];

    [Test]
    public void Classes_are_sealed_or_static_or_abstract() =>
        Assert.That(PublicTypes.Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract), Is.Empty);

    [Test]
    public void Structs_are_readonly_values_with_equality() =>
        Assert.That(
            PublicTypes.Where(type => type.IsValueType && !type.IsEnum
                && !(type.GetCustomAttributes().Any(attribute => attribute.GetType().Name == "IsReadOnlyAttribute")
                    && type.IsAssignableTo(typeof(IEquatable<>).MakeGenericType(type)))),
            Is.Empty);

    [Test]
    public void Only_options_can_be_changed_after_construction() =>
        Assert.That(
            from type in PublicTypes
            where !type.Name.EndsWith("Options", StringComparison.Ordinal)
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            where property.SetMethod is { IsPublic: true } setter
                && !setter.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit")
            select $"{type.Name}.{property.Name}",
            Is.Empty);

    [Test]
    public void No_public_field_is_writable() =>
        Assert.That(
            from type in PublicTypes
            where !type.IsEnum
            from field in type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
            where !field.IsInitOnly && !field.IsLiteral
            select $"{type.Name}.{field.Name}",
            Is.Empty);

    [Test]
    public void No_property_hands_out_an_array() =>
        Assert.That(
            from type in PublicTypes
            where !type.Name.EndsWith("Options", StringComparison.Ordinal)
            from property in type.GetProperties()
            where property.PropertyType.IsArray
            select $"{type.Name}.{property.Name}",
            Is.Empty);

    [Test]
    public void Asynchronous_methods_say_so_and_can_be_cancelled() =>
        Assert.That(
            from type in PublicTypes
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            let returned = method.ReturnType
            where returned == typeof(Task) || returned == typeof(ValueTask)
                || (returned.IsGenericType && (returned.GetGenericTypeDefinition() == typeof(Task<>) || returned.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            where !method.Name.EndsWith("Async", StringComparison.Ordinal)
                || method.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken)
            select $"{type.Name}.{method.Name}",
            Is.Empty);
}
