using System.Collections;
using System.Reflection;

namespace PlannerHost.Hosting;

/// <summary>Reads options from configuration so that no key is passed over: one that nobody reads is a typing error with consequences, such as a budget that is not one.</summary>
internal static class StrictSection
{
    /// <summary>Sets what a section says on options that may have been set from another one before.</summary>
    /// <exception cref="InvalidOperationException">A key that the options do not have, or a value that cannot be one; the message says where.</exception>
    public static T Read<T>(T options, IConfigurationSection section)
        where T : class
    {
        Check(section, typeof(T));
        section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        return options;
    }

    /// <summary>Refuses keys of a section other than the given ones, in any case.</summary>
    /// <exception cref="InvalidOperationException">There is another one; the message names it and the given ones.</exception>
    public static void AllowOnly(IConfigurationSection section, params ReadOnlySpan<string> keys)
    {
        foreach (var child in section.GetChildren())
        {
            if (!Contains(keys, child.Key))
            {
                throw Unknown(child.Path, section.Path, keys);
            }
        }
    }

    /// <summary>Refuses a key at the very top, where only the host's own sections and those of .NET may stand.</summary>
    /// <exception cref="InvalidOperationException">The key is none of them.</exception>
    public static void CheckTop(string key, params ReadOnlySpan<string> keys)
    {
        if (!Contains(keys, key))
        {
            throw Unknown(key, "the configuration", keys);
        }
    }

    private static void Check(IConfigurationSection section, Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToList();
        AllowOnly(section, [.. properties.Select(property => property.Name)]);
        foreach (var property in properties)
        {
            if (property.PropertyType.Namespace?.StartsWith(nameof(PlannerHost), StringComparison.Ordinal) == true && property.PropertyType.IsClass && !typeof(IEnumerable).IsAssignableFrom(property.PropertyType))
            {
                Check(section.GetSection(property.Name), property.PropertyType);
            }
        }
    }

    private static bool Contains(ReadOnlySpan<string> keys, string key)
    {
        foreach (var allowed in keys)
        {
            if (allowed.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static InvalidOperationException Unknown(string path, string where, ReadOnlySpan<string> keys) =>
        new($"{path}: nothing reads this key; {where} has {string.Join(", ", keys)}.");
}
