@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 8 * group + lane;
 if (i_0 < 18) {
  let i_1 = i32(u32(i_0) / 3u);
  let i_3 = i_1 - i32(u32(i_1) / 3u) * 3;
  let i_4 = i_0 - i_1 * 3;
  out[i_0] = select(select(0.0f, arg0[3 * i32(u32(i_0) / 9u) + i_4], i_3 < i_4), 2.0f, i_3 == i_4);
 }
}

enable f16;
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f16>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
var<workgroup> rows: array<f32, 128>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (2 + 7) / 8;
 if (group >= 2 * i_0) { return; }
 let system = i32(u32(group) / u32(max(i_0, 1)));
 let first = (group - system * i_0) * 8;
 for (var i = 0; i < 8; i += 1) {
  for (var j = lane; j < 16; j += 8) {
   var x = f32(i == j);
   if (i < 3 && j < 3) {
    x = arg0[(system * 3 + i) * 3 + j];
   }
   let c = first + j - 8;
   if (i < 3 && j >= 8 && c < 2) {
    x = f32(arg1[(system * 3 + i) * 2 + c]);
   }
   rows[(i) * 16 + j] = x;
  }
 }
 for (var k = 0; k < 8; k += 8) {
  var d0 = rows[(k + 0) * 16 + k + lane];
  var d1 = rows[(k + 1) * 16 + k + lane];
  var d2 = rows[(k + 2) * 16 + k + lane];
  var d3 = rows[(k + 3) * 16 + k + lane];
  var d4 = rows[(k + 4) * 16 + k + lane];
  var d5 = rows[(k + 5) * 16 + k + lane];
  var d6 = rows[(k + 6) * 16 + k + lane];
  var d7 = rows[(k + 7) * 16 + k + lane];
  let row0 = select(d0, 1.0f, lane == 0) / subgroupShuffle(d0, 0);
  let by0_1 = subgroupShuffle(d1, 0);
  d1 = select(d1, 0.0f, lane == 0) - by0_1 * row0;
  let by0_2 = subgroupShuffle(d2, 0);
  d2 = select(d2, 0.0f, lane == 0) - by0_2 * row0;
  let by0_3 = subgroupShuffle(d3, 0);
  d3 = select(d3, 0.0f, lane == 0) - by0_3 * row0;
  let by0_4 = subgroupShuffle(d4, 0);
  d4 = select(d4, 0.0f, lane == 0) - by0_4 * row0;
  let by0_5 = subgroupShuffle(d5, 0);
  d5 = select(d5, 0.0f, lane == 0) - by0_5 * row0;
  let by0_6 = subgroupShuffle(d6, 0);
  d6 = select(d6, 0.0f, lane == 0) - by0_6 * row0;
  let by0_7 = subgroupShuffle(d7, 0);
  d7 = select(d7, 0.0f, lane == 0) - by0_7 * row0;
  d0 = row0;
  let row1 = select(d1, 1.0f, lane == 1) / subgroupShuffle(d1, 1);
  let by1_0 = subgroupShuffle(d0, 1);
  d0 = select(d0, 0.0f, lane == 1) - by1_0 * row1;
  let by1_2 = subgroupShuffle(d2, 1);
  d2 = select(d2, 0.0f, lane == 1) - by1_2 * row1;
  let by1_3 = subgroupShuffle(d3, 1);
  d3 = select(d3, 0.0f, lane == 1) - by1_3 * row1;
  let by1_4 = subgroupShuffle(d4, 1);
  d4 = select(d4, 0.0f, lane == 1) - by1_4 * row1;
  let by1_5 = subgroupShuffle(d5, 1);
  d5 = select(d5, 0.0f, lane == 1) - by1_5 * row1;
  let by1_6 = subgroupShuffle(d6, 1);
  d6 = select(d6, 0.0f, lane == 1) - by1_6 * row1;
  let by1_7 = subgroupShuffle(d7, 1);
  d7 = select(d7, 0.0f, lane == 1) - by1_7 * row1;
  d1 = row1;
  let row2 = select(d2, 1.0f, lane == 2) / subgroupShuffle(d2, 2);
  let by2_0 = subgroupShuffle(d0, 2);
  d0 = select(d0, 0.0f, lane == 2) - by2_0 * row2;
  let by2_1 = subgroupShuffle(d1, 2);
  d1 = select(d1, 0.0f, lane == 2) - by2_1 * row2;
  let by2_3 = subgroupShuffle(d3, 2);
  d3 = select(d3, 0.0f, lane == 2) - by2_3 * row2;
  let by2_4 = subgroupShuffle(d4, 2);
  d4 = select(d4, 0.0f, lane == 2) - by2_4 * row2;
  let by2_5 = subgroupShuffle(d5, 2);
  d5 = select(d5, 0.0f, lane == 2) - by2_5 * row2;
  let by2_6 = subgroupShuffle(d6, 2);
  d6 = select(d6, 0.0f, lane == 2) - by2_6 * row2;
  let by2_7 = subgroupShuffle(d7, 2);
  d7 = select(d7, 0.0f, lane == 2) - by2_7 * row2;
  d2 = row2;
  let row3 = select(d3, 1.0f, lane == 3) / subgroupShuffle(d3, 3);
  let by3_0 = subgroupShuffle(d0, 3);
  d0 = select(d0, 0.0f, lane == 3) - by3_0 * row3;
  let by3_1 = subgroupShuffle(d1, 3);
  d1 = select(d1, 0.0f, lane == 3) - by3_1 * row3;
  let by3_2 = subgroupShuffle(d2, 3);
  d2 = select(d2, 0.0f, lane == 3) - by3_2 * row3;
  let by3_4 = subgroupShuffle(d4, 3);
  d4 = select(d4, 0.0f, lane == 3) - by3_4 * row3;
  let by3_5 = subgroupShuffle(d5, 3);
  d5 = select(d5, 0.0f, lane == 3) - by3_5 * row3;
  let by3_6 = subgroupShuffle(d6, 3);
  d6 = select(d6, 0.0f, lane == 3) - by3_6 * row3;
  let by3_7 = subgroupShuffle(d7, 3);
  d7 = select(d7, 0.0f, lane == 3) - by3_7 * row3;
  d3 = row3;
  let row4 = select(d4, 1.0f, lane == 4) / subgroupShuffle(d4, 4);
  let by4_0 = subgroupShuffle(d0, 4);
  d0 = select(d0, 0.0f, lane == 4) - by4_0 * row4;
  let by4_1 = subgroupShuffle(d1, 4);
  d1 = select(d1, 0.0f, lane == 4) - by4_1 * row4;
  let by4_2 = subgroupShuffle(d2, 4);
  d2 = select(d2, 0.0f, lane == 4) - by4_2 * row4;
  let by4_3 = subgroupShuffle(d3, 4);
  d3 = select(d3, 0.0f, lane == 4) - by4_3 * row4;
  let by4_5 = subgroupShuffle(d5, 4);
  d5 = select(d5, 0.0f, lane == 4) - by4_5 * row4;
  let by4_6 = subgroupShuffle(d6, 4);
  d6 = select(d6, 0.0f, lane == 4) - by4_6 * row4;
  let by4_7 = subgroupShuffle(d7, 4);
  d7 = select(d7, 0.0f, lane == 4) - by4_7 * row4;
  d4 = row4;
  let row5 = select(d5, 1.0f, lane == 5) / subgroupShuffle(d5, 5);
  let by5_0 = subgroupShuffle(d0, 5);
  d0 = select(d0, 0.0f, lane == 5) - by5_0 * row5;
  let by5_1 = subgroupShuffle(d1, 5);
  d1 = select(d1, 0.0f, lane == 5) - by5_1 * row5;
  let by5_2 = subgroupShuffle(d2, 5);
  d2 = select(d2, 0.0f, lane == 5) - by5_2 * row5;
  let by5_3 = subgroupShuffle(d3, 5);
  d3 = select(d3, 0.0f, lane == 5) - by5_3 * row5;
  let by5_4 = subgroupShuffle(d4, 5);
  d4 = select(d4, 0.0f, lane == 5) - by5_4 * row5;
  let by5_6 = subgroupShuffle(d6, 5);
  d6 = select(d6, 0.0f, lane == 5) - by5_6 * row5;
  let by5_7 = subgroupShuffle(d7, 5);
  d7 = select(d7, 0.0f, lane == 5) - by5_7 * row5;
  d5 = row5;
  let row6 = select(d6, 1.0f, lane == 6) / subgroupShuffle(d6, 6);
  let by6_0 = subgroupShuffle(d0, 6);
  d0 = select(d0, 0.0f, lane == 6) - by6_0 * row6;
  let by6_1 = subgroupShuffle(d1, 6);
  d1 = select(d1, 0.0f, lane == 6) - by6_1 * row6;
  let by6_2 = subgroupShuffle(d2, 6);
  d2 = select(d2, 0.0f, lane == 6) - by6_2 * row6;
  let by6_3 = subgroupShuffle(d3, 6);
  d3 = select(d3, 0.0f, lane == 6) - by6_3 * row6;
  let by6_4 = subgroupShuffle(d4, 6);
  d4 = select(d4, 0.0f, lane == 6) - by6_4 * row6;
  let by6_5 = subgroupShuffle(d5, 6);
  d5 = select(d5, 0.0f, lane == 6) - by6_5 * row6;
  let by6_7 = subgroupShuffle(d7, 6);
  d7 = select(d7, 0.0f, lane == 6) - by6_7 * row6;
  d6 = row6;
  let row7 = select(d7, 1.0f, lane == 7) / subgroupShuffle(d7, 7);
  let by7_0 = subgroupShuffle(d0, 7);
  d0 = select(d0, 0.0f, lane == 7) - by7_0 * row7;
  let by7_1 = subgroupShuffle(d1, 7);
  d1 = select(d1, 0.0f, lane == 7) - by7_1 * row7;
  let by7_2 = subgroupShuffle(d2, 7);
  d2 = select(d2, 0.0f, lane == 7) - by7_2 * row7;
  let by7_3 = subgroupShuffle(d3, 7);
  d3 = select(d3, 0.0f, lane == 7) - by7_3 * row7;
  let by7_4 = subgroupShuffle(d4, 7);
  d4 = select(d4, 0.0f, lane == 7) - by7_4 * row7;
  let by7_5 = subgroupShuffle(d5, 7);
  d5 = select(d5, 0.0f, lane == 7) - by7_5 * row7;
  let by7_6 = subgroupShuffle(d6, 7);
  d6 = select(d6, 0.0f, lane == 7) - by7_6 * row7;
  d7 = row7;
  let inverse0_0 = subgroupShuffle(d0, 0);
  let inverse0_1 = subgroupShuffle(d0, 1);
  let inverse0_2 = subgroupShuffle(d0, 2);
  let inverse0_3 = subgroupShuffle(d0, 3);
  let inverse0_4 = subgroupShuffle(d0, 4);
  let inverse0_5 = subgroupShuffle(d0, 5);
  let inverse0_6 = subgroupShuffle(d0, 6);
  let inverse0_7 = subgroupShuffle(d0, 7);
  let inverse1_0 = subgroupShuffle(d1, 0);
  let inverse1_1 = subgroupShuffle(d1, 1);
  let inverse1_2 = subgroupShuffle(d1, 2);
  let inverse1_3 = subgroupShuffle(d1, 3);
  let inverse1_4 = subgroupShuffle(d1, 4);
  let inverse1_5 = subgroupShuffle(d1, 5);
  let inverse1_6 = subgroupShuffle(d1, 6);
  let inverse1_7 = subgroupShuffle(d1, 7);
  let inverse2_0 = subgroupShuffle(d2, 0);
  let inverse2_1 = subgroupShuffle(d2, 1);
  let inverse2_2 = subgroupShuffle(d2, 2);
  let inverse2_3 = subgroupShuffle(d2, 3);
  let inverse2_4 = subgroupShuffle(d2, 4);
  let inverse2_5 = subgroupShuffle(d2, 5);
  let inverse2_6 = subgroupShuffle(d2, 6);
  let inverse2_7 = subgroupShuffle(d2, 7);
  let inverse3_0 = subgroupShuffle(d3, 0);
  let inverse3_1 = subgroupShuffle(d3, 1);
  let inverse3_2 = subgroupShuffle(d3, 2);
  let inverse3_3 = subgroupShuffle(d3, 3);
  let inverse3_4 = subgroupShuffle(d3, 4);
  let inverse3_5 = subgroupShuffle(d3, 5);
  let inverse3_6 = subgroupShuffle(d3, 6);
  let inverse3_7 = subgroupShuffle(d3, 7);
  let inverse4_0 = subgroupShuffle(d4, 0);
  let inverse4_1 = subgroupShuffle(d4, 1);
  let inverse4_2 = subgroupShuffle(d4, 2);
  let inverse4_3 = subgroupShuffle(d4, 3);
  let inverse4_4 = subgroupShuffle(d4, 4);
  let inverse4_5 = subgroupShuffle(d4, 5);
  let inverse4_6 = subgroupShuffle(d4, 6);
  let inverse4_7 = subgroupShuffle(d4, 7);
  let inverse5_0 = subgroupShuffle(d5, 0);
  let inverse5_1 = subgroupShuffle(d5, 1);
  let inverse5_2 = subgroupShuffle(d5, 2);
  let inverse5_3 = subgroupShuffle(d5, 3);
  let inverse5_4 = subgroupShuffle(d5, 4);
  let inverse5_5 = subgroupShuffle(d5, 5);
  let inverse5_6 = subgroupShuffle(d5, 6);
  let inverse5_7 = subgroupShuffle(d5, 7);
  let inverse6_0 = subgroupShuffle(d6, 0);
  let inverse6_1 = subgroupShuffle(d6, 1);
  let inverse6_2 = subgroupShuffle(d6, 2);
  let inverse6_3 = subgroupShuffle(d6, 3);
  let inverse6_4 = subgroupShuffle(d6, 4);
  let inverse6_5 = subgroupShuffle(d6, 5);
  let inverse6_6 = subgroupShuffle(d6, 6);
  let inverse6_7 = subgroupShuffle(d6, 7);
  let inverse7_0 = subgroupShuffle(d7, 0);
  let inverse7_1 = subgroupShuffle(d7, 1);
  let inverse7_2 = subgroupShuffle(d7, 2);
  let inverse7_3 = subgroupShuffle(d7, 3);
  let inverse7_4 = subgroupShuffle(d7, 4);
  let inverse7_5 = subgroupShuffle(d7, 5);
  let inverse7_6 = subgroupShuffle(d7, 6);
  let inverse7_7 = subgroupShuffle(d7, 7);
  for (var next = k + 8; next < 16; next += 8) {
   let j = next + lane;
   let a0 = rows[(k + 0) * 16 + j];
   let a1 = rows[(k + 1) * 16 + j];
   let a2 = rows[(k + 2) * 16 + j];
   let a3 = rows[(k + 3) * 16 + j];
   let a4 = rows[(k + 4) * 16 + j];
   let a5 = rows[(k + 5) * 16 + j];
   let a6 = rows[(k + 6) * 16 + j];
   let a7 = rows[(k + 7) * 16 + j];
   let r0 = inverse0_0 * a0 + inverse0_1 * a1 + inverse0_2 * a2 + inverse0_3 * a3 + inverse0_4 * a4 + inverse0_5 * a5 + inverse0_6 * a6 + inverse0_7 * a7;
   rows[(k + 0) * 16 + j] = r0;
   let r1 = inverse1_0 * a0 + inverse1_1 * a1 + inverse1_2 * a2 + inverse1_3 * a3 + inverse1_4 * a4 + inverse1_5 * a5 + inverse1_6 * a6 + inverse1_7 * a7;
   rows[(k + 1) * 16 + j] = r1;
   let r2 = inverse2_0 * a0 + inverse2_1 * a1 + inverse2_2 * a2 + inverse2_3 * a3 + inverse2_4 * a4 + inverse2_5 * a5 + inverse2_6 * a6 + inverse2_7 * a7;
   rows[(k + 2) * 16 + j] = r2;
   let r3 = inverse3_0 * a0 + inverse3_1 * a1 + inverse3_2 * a2 + inverse3_3 * a3 + inverse3_4 * a4 + inverse3_5 * a5 + inverse3_6 * a6 + inverse3_7 * a7;
   rows[(k + 3) * 16 + j] = r3;
   let r4 = inverse4_0 * a0 + inverse4_1 * a1 + inverse4_2 * a2 + inverse4_3 * a3 + inverse4_4 * a4 + inverse4_5 * a5 + inverse4_6 * a6 + inverse4_7 * a7;
   rows[(k + 4) * 16 + j] = r4;
   let r5 = inverse5_0 * a0 + inverse5_1 * a1 + inverse5_2 * a2 + inverse5_3 * a3 + inverse5_4 * a4 + inverse5_5 * a5 + inverse5_6 * a6 + inverse5_7 * a7;
   rows[(k + 5) * 16 + j] = r5;
   let r6 = inverse6_0 * a0 + inverse6_1 * a1 + inverse6_2 * a2 + inverse6_3 * a3 + inverse6_4 * a4 + inverse6_5 * a5 + inverse6_6 * a6 + inverse6_7 * a7;
   rows[(k + 6) * 16 + j] = r6;
   let r7 = inverse7_0 * a0 + inverse7_1 * a1 + inverse7_2 * a2 + inverse7_3 * a3 + inverse7_4 * a4 + inverse7_5 * a5 + inverse7_6 * a6 + inverse7_7 * a7;
   rows[(k + 7) * 16 + j] = r7;
   for (var other = 0; other < 0; other += 1) {
    let i = other + select(0, 8, other >= k);
    let held = rows[(i) * 16 + k + lane];
    rows[(i) * 16 + j] -= subgroupShuffle(held, 0) * r0 + subgroupShuffle(held, 1) * r1 + subgroupShuffle(held, 2) * r2 + subgroupShuffle(held, 3) * r3 + subgroupShuffle(held, 4) * r4 + subgroupShuffle(held, 5) * r5 + subgroupShuffle(held, 6) * r6 + subgroupShuffle(held, 7) * r7;
   }
  }
 }
 for (var j = lane; j < min(8, 2 - first); j += 8) {
  for (var i = 0; i < 3; i += 1) {
   out[(system * 3 + i) * 2 + first + j] = rows[(i) * 16 + 8 + j];
  }
 }
}
